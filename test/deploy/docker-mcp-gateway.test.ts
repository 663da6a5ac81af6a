import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Cli, root } from '../helpers/cli.js';
import { freePort } from '../helpers/free-port.js';
import { fixture } from '../helpers/link.js';
import { Program } from './programs.js';
import { ownFolder } from './shipped.js';

const FOLDER = join(root, 'deploy/docker-mcp-gateway');
const TOKEN = 'the-token-of-docker-mcp-gateway';

/** The shipped entries, in a folder whose `docker` is a stand-in that takes the words that the entry has, and no others. */
async function shipped() {
  const cwd = await ownFolder();
  await cp(join(FOLDER, 'mcp_config.json'), join(cwd, 'mcp_config.json'));
  const docker = join(cwd, 'docker');
  await writeFile(
    docker,
    `#!/bin/sh\n[ "$*" = "mcp gateway run --servers duckduckgo" ] || { echo "unknown: $*" >&2; exit 2; }\nexec '${process.execPath}' '${fixture('shared.mjs')}'\n`,
  );
  await chmod(docker, 0o755);
  const port = await freePort();
  const env = {
    PATH: `${cwd}:${process.env.PATH}`,
    MCP_GATEWAY_AUTH_TOKEN: TOKEN,
    DOCKER_MCP_GATEWAY_URL: `http://127.0.0.1:${port}/mcp`,
  };
  const ask = async (...args: string[]) => {
    const cli = new Cli(args, { cwd, env });
    return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
  };
  return { port, ask };
}

test('the shipped entries reach Docker MCP Gateway on stdin and stdout, and over HTTP', async () => {
  const { port, ask } = await shipped();
  process.env.MCP_GATEWAY_AUTH_TOKEN = TOKEN;
  try {
    await Program.start(
      process.execPath,
      [join(root, 'test/fixtures/remote/docker-mcp-gateway.mjs'), String(port)],
      port,
    );
  } finally {
    delete process.env.MCP_GATEWAY_AUTH_TOKEN;
  }
  const [stdio, http] = await Promise.all([
    ask('call', 'docker', 'echo', 'text=over stdio'),
    ask('call', 'docker-http', 'search', 'query=xin chào'),
  ]);
  expect(stdio, stdio.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('over stdio') });
  // It answers the question for MCP 2026-07-28 with plain text: it speaks an earlier revision.
  expect(http, http.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('found xin chào') });
});

test('mcp-pipe as a server in its catalog has what the gateway reads of a remote server', async () => {
  const { registry } = parse(await readFile(join(FOLDER, 'catalog.yaml'), 'utf8'));
  const { type, remote, secrets } = registry['mcp-pipe'];
  expect(type).toBe('remote');
  expect(['streamable-http', 'sse']).toContain(remote.transport_type);
  expect(remote.url).toMatch(/^https:\/\//);
  // A header names a variable, which a secret fills.
  expect(remote.headers.Authorization).toBe(`Bearer \${${secrets[0].env}}`);
});

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { folder, root } from '../helpers/cli.js';
import { cloneInto } from '../helpers/clone.js';

/** The first block of a page's section about a real token that installs something. */
function installBlock(page: string): string {
  const text = readFileSync(join(root, page), 'utf8');
  const [, script] = /```sh\n(\s*npm ci && [\s\S]*?)\n\s*```/.exec(text.slice(text.indexOf('\n1. ')))!;
  return script!.trim();
}

interface Ended {
  code: number | null;
  output: string;
}

function shell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn('bash', ['-e', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

test('what both READMEs tell a newcomer to type ends with a program that can be typed anywhere', async () => {
  const command = installBlock('README.md');
  expect(installBlock('docs/vi/README.md')).toBe(command);
  const [there, prefix, elsewhere] = await Promise.all([folder(), folder(), folder()]);
  onTestFinished(() => {
    for (const one of [there, prefix, elsewhere]) rmSync(one, { recursive: true, force: true });
  });
  cloneInto(there);
  const { MCP_ENDPOINT: _, MCP_CONFIG: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    npm_config_prefix: prefix,
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), '.npm'),
    npm_config_prefer_offline: 'true',
    PATH: `${join(prefix, 'bin')}${delimiter}${process.env.PATH}`,
    HOME: elsewhere,
    LC_ALL: 'C',
  };
  const installed = await shell(command, there, env);
  expect(installed.code, installed.output).toBe(0);

  const endpoint = await startEndpoint({ port: 0 });
  onTestFinished(() => endpoint.close());
  const init = await shell(
    `mcp-pipe init --yes --server calculator --endpoint '${endpoint.serverUrl('install')}'`,
    elsewhere,
    env,
  );
  expect(init.code, init.output).toBe(0);
  const check = await shell('mcp-pipe check --strict', elsewhere, env);
  expect(check.code, check.output).toBe(0);
  const call = await shell("mcp-pipe call calculator calculate 'expression=6 * 7'", elsewhere, env);
  expect([call.code, call.output]).toEqual([0, expect.stringContaining('42')]);
}, 300_000);

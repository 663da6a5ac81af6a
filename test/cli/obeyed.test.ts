import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check/check.js';
import { thisMachine } from '../../src/config/check/host.js';
import { loadConfig } from '../../src/config/load.js';
import { Cli, folderAndEndpoint, root } from '../helpers/cli.js';
import type { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { obey } from '../helpers/obey.js';

const basic = { command: 'node', args: [join(root, 'test/fixtures/servers/basic.mjs')] };

let cwd: string;
let fake: FakeEndpoint;
beforeEach(async () => {
  ({ cwd, fake } = await folderAndEndpoint());
});

/** Obeys check, one advice after the other, until it has nothing to say about what was written. */
async function obeyCheck(): Promise<string[]> {
  const advised: string[] = [];
  for (let round = 0; round < 6; round++) {
    const config = await loadConfig({ cwd, env: { PATH: process.env.PATH } });
    const machine = { ...thisMachine(), modeOf: () => undefined, gitStateOf: () => undefined };
    const { findings } = await checkConfig(config, { cwd }, machine);
    const [first] = findings.filter(({ id }) => id !== 'no-endpoint');
    if (first === undefined) return advised;
    advised.push(first.id);
    obey(first);
  }
  throw new Error(`the advice leads in a circle: ${advised.join(', ')}`);
}

describe('what check advises, obeyed, ends in a link that works', () => {
  const there = () => `127.0.0.1:${fake.port}`;

  it.each([
    [
      '$env:MCP_ENDPOINT = "http://HERE/mcp_endpoint/mcp?token=ab+cd"',
      ['env-line', 'endpoint-http', 'token-plus'],
    ],
    [
      'mcp_endpoint=HERE/mcp_endpoint/call/?token=ab%2Bcd',
      ['env-name', 'endpoint-no-scheme', 'endpoint-for-callers'],
    ],
    [
      "set MCP_ENDPOINT='ws://HERE/mcp_endpoint/mcp?token=ab%252Bcd'",
      ['env-line', 'endpoint-no-slash', 'token-encoded-twice'],
    ],
  ])('%s', async (line, ids) => {
    writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { basic } }));
    writeFileSync(join(cwd, '.env'), `${line.replace('HERE', there())}\n`);
    expect(await obeyCheck()).toEqual(ids);
    const cli = new Cli([], { cwd, env: { XDG_RUNTIME_DIR: cwd } });
    const connection = await fake.connection();
    await connection.greet();
    expect(await connection.tool(1, 'echo', { text: 'there' })).toContain('there');
    expect((await cli.event('open')).endpoint ?? cli.stderr).toContain('/mcp_endpoint/mcp/?token=');
    const config = await loadConfig({ cwd, env: {} });
    expect(config.env.MCP_ENDPOINT).toBe(`ws://${there()}/mcp_endpoint/mcp/?token=ab%2Bcd`);
  });
});

import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, calc, folderWith, refusal, removeFolders, TOKEN } from './workspace.js';

afterEach(removeFolders);

/** `${name}`, which would be a mistake in a text of JavaScript. */
const v = (name: string) => `\${${name}}`;

/** The one server of a configuration, as it would be started. */
async function started(
  members: object,
  env: Record<string, string> = {},
  files: Record<string, string> = {},
) {
  const cwd = folderWith({ ...files, 'mcp_config.json': calc(members) });
  const config = await loadConfig({ cwd, env: { MCP_ENDPOINT: ADDRESS, ...env } });
  const plan = makePlan(config, { cwd });
  return { ...launchOf(plan.servers[0]), folder: cwd, plan };
}

describe('a variable that only the entry itself sets', () => {
  test('is filled into its arguments, as mcp-remote is given a header', async () => {
    const { args, env } = await started({
      args: ['mcp-remote', 'https://example.com/mcp', '--header', `Authorization:${v('AUTH_HEADER')}`],
      env: { AUTH_HEADER: 'Bearer made-up' },
    });
    expect(args.at(-1)).toBe('Authorization:Bearer made-up');
    expect(env.AUTH_HEADER).toBe('Bearer made-up');
  });

  test('is filled in over two of them, from an envFile, and with the spelling of editors', async () => {
    const files = { 'more.env': 'FROM_FILE=of the file\n' };
    const { args } = await started(
      {
        args: [v('AUTH'), v('FROM_FILE'), v('env:AUTH'), v('AUTH:-default'), v('NOBODY:-default')],
        env: { AUTH: `Bearer ${v('KEY')}`, KEY: `k-${v('OUTER')}` },
        envFile: v('NAME_OF_FILE'),
      },
      { OUTER: 'o', NAME_OF_FILE: 'more.env' },
      files,
    );
    expect(args).toEqual(['Bearer k-o', 'of the file', 'Bearer k-o', 'Bearer k-o', 'default']);
  });

  test('is filled into command, cwd, the address and the path of envFile', async () => {
    const { command, cwd, env, folder, plan } = await started(
      {
        command: `${v('BIN')}/node`,
        cwd: v('WHERE'),
        endpoint: `wss://api.xiaozhi.me/mcp/?token=${v('MY_SECRET')}`,
        envFile: `${v('WHERE')}/x.env`,
        env: { BIN: '/opt/bin', WHERE: 'sub', MY_SECRET: TOKEN },
      },
      {},
      { 'sub/x.env': 'X=1\n' },
    );
    expect([command, cwd, env.X]).toEqual(['/opt/bin/node', join(folder, 'sub'), '1']);
    expect(plan.links[0]!.endpoint.token).toBe(TOKEN);
    expect(plan.secrets).toContain(TOKEN);
    // The token of its endpoint is no business of a server, whoever wrote it.
    expect(env.MY_SECRET).toBeUndefined();
  });

  test('gives way to the environment, and to .env', async () => {
    const files = { '.env': 'IN_FILE=of .env\n' };
    const members = {
      args: [v('KEY'), v('IN_FILE')],
      env: { KEY: 'own', IN_FILE: 'own', A: v('B'), B: v('A') },
    };
    const { args, env } = await started(members, { KEY: 'outer', A: 'a', B: 'b' }, files);
    expect(args).toEqual(['outer', 'of .env']);
    expect([env.A, env.B]).toEqual(['b', 'a']);
  });

  test('may hand on one that is set outside', async () => {
    const members = { args: [v('KEY')], env: { KEY: v('KEY'), PATH: `/opt:${v('PATH')}` } };
    const { args, env } = await started(members, { KEY: 'outer', PATH: '/bin' });
    expect([args, env.KEY, env.PATH]).toEqual([['outer'], 'outer', '/opt:/bin']);
  });
});

describe('what cannot be filled in', () => {
  const refused = async (members: object) => {
    const cwd = folderWith({ 'mcp_config.json': calc(members) });
    const found = await refusal(async () => {
      makePlan(await loadConfig({ cwd, env: { MCP_ENDPOINT: ADDRESS } }), { cwd });
    });
    return found.map(({ id, path, got }) => [id, path, got]);
  };

  test('a circle is one error, wherever it is entered', async () => {
    const env = { A: v('B'), B: `x${v('C')}`, C: v('A:-default') };
    expect(await refused({ args: [v('C'), v('A')], cwd: v('B'), env })).toEqual([
      ['variable-cycle', 'mcpServers.calc.env.A', 'A -> B -> C -> A'],
    ]);
  });

  test('one that names only itself is missing', async () => {
    expect(await refused({ args: [v('KEY')], env: { KEY: v('KEY') } })).toEqual([
      ['missing-variable', 'mcpServers.calc.env.KEY', 'no such variable'],
    ]);
  });

  test('one cause is one finding, also where its value is used', async () => {
    expect(
      await refused({
        args: [v('HEADER')],
        env: { HEADER: v('GONE') },
        endpoint: `wss://h/?token=${v('HEADER')}`,
      }),
    ).toEqual([['missing-variable', 'mcpServers.calc.env.HEADER', 'no such variable']]);
  });
});

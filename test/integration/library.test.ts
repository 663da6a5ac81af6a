import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { App, Daemon, loadConfig, makePlan } from '../../src/index.js';
import { folder, root, stateFolder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { launchOf } from '../helpers/launch-of.js';
import { fixture } from '../helpers/link.js';

const PAGE = readFileSync(join(root, 'docs/library.md'), 'utf8');
const [, PROGRAM = ''] = /```js\n([\s\S]*?)```/.exec(PAGE) ?? [];

/** A folder in which the program of the page stands, and finds the built package. */
async function place(config: object, env = ''): Promise<string> {
  const cwd = await folder();
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(root, join(cwd, 'node_modules/mcp-pipe'));
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }');
  writeFileSync(join(cwd, 'program.mjs'), PROGRAM.replace('60_000', '50'));
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify(config));
  writeFileSync(join(cwd, '.env'), env);
  return cwd;
}

function start(cwd: string): { child: ChildProcess; output: () => string; exited: Promise<number | null> } {
  const { MCP_ENDPOINT: _, MCP_CONFIG: __, ...inherited } = process.env;
  const child = spawn(process.execPath, ['program.mjs'], {
    cwd,
    env: { ...inherited, XDG_STATE_HOME: stateFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, output: () => output, exited };
}

const variable = (name: string) => `\${${name}}`;
const server = { command: '/bin/sh', args: [fixture('tiny.sh')] };

test('the program of the documentation connects, reports, and stops in good order', async () => {
  expect(PROGRAM.trim().split('\n').length).toBeLessThanOrEqual(25);
  const endpoint = await startEndpoint({ port: 0 });
  onTestFinished(() => endpoint.close());
  const cwd = await place(
    { mcpServers: { tiny: server } },
    `MCP_ENDPOINT=${endpoint.serverUrl('made-up-library-token')}\n`,
  );
  const { child, output, exited } = start(cwd);
  const report = () =>
    output()
      .split('\n')
      .find((line) => line.includes('"state":"open"') && line.endsWith('}'));
  await eventually(() => output().includes('tiny: connected') && report() !== undefined, {
    what: 'a report',
  });
  expect(JSON.parse(report()!)).toMatchObject({ healthy: true, links: [{ name: 'tiny', state: 'open' }] });
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(output()).toContain('stopped');
  expect(output()).not.toContain('made-up-library-token');
});

test('the program of the documentation words what is wrong', async () => {
  const { output, exited } = start(await place({ mcpServers: { tiny: server } }));
  expect(await exited).toBe(2);
  expect(output()).toContain('MCP_ENDPOINT');
});

test('a configuration, a plan and a daemon show no secret when they are printed or serialised', async () => {
  const cwd = await place(
    {
      mcpServers: {
        tiny: {
          ...server,
          args: [...server.args, '--key', variable('ARGUMENT_KEY'), variable('FROM_FILE')],
          env: { API_TOKEN: 'made-up-inline-secret', OTHER: variable('ENV_SECRET') },
        },
        twin: server,
      },
    },
    'MCP_ENDPOINT=ws://127.0.0.1:9/mcp/?token=made-up-endpoint-secret\nARGUMENT_KEY=made-up-argument-secret\nENV_SECRET=made-up-env-secret\n',
  );
  writeFileSync(join(cwd, 'key.txt'), 'made-up-file-secret');
  const env = {
    PATH: process.env.PATH,
    FROM_FILE_FILE: join(cwd, 'key.txt'),
    SHELL_SECRET: 'made-up-shell-secret',
  };
  const config = await loadConfig({ env, cwd });
  for (const mode of ['pipe', 'mux', 'rotate'] as const) {
    const plan = makePlan(config, { cwd, mode });
    const parts = plan.servers.map(launchOf);
    // What is hidden is there.
    expect(Object.values(parts[0]!.env)).toContain('made-up-inline-secret');
    const things = [
      config,
      config.env,
      config.servers,
      config.environment,
      plan,
      plan.links,
      ...parts,
      new Daemon(plan, { onStatus: () => {} }),
      new App(plan, { observers: [{ name: 'mine', onStatus: () => {} }] }),
    ];
    for (const thing of things) {
      const shown = [JSON.stringify(thing), inspect(thing, { depth: Infinity }), `${thing}`].join('\n');
      expect(shown).not.toMatch(/made-up-(?!argument)/);
    }
    // Secret are arguments that came from a file or look like one; the name of the variable is what tells.
    expect(JSON.stringify(plan)).toContain('API_TOKEN');
  }
});

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { makePlan, type Plan, type ServerPlan } from '../../src/config/plan.js';
import { launchOf } from '../helpers/launch-of.js';
import { folderWith, removeFolders } from '../unit/config/workspace.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const ENV = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  MCP_ENDPOINT: 'wss://api.xiaozhi.me/mcp/?token=made-up-for-a-test',
  TOKEN_1: 'made-up-number-one',
  TOKEN_2: 'made-up-number-two',
};

const running: ChildProcess[] = [];
afterEach(async () => {
  removeFolders();
  // Each leads its own process group, so the whole npx tree ends with it.
  for (const child of running.splice(0)) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode !== null || child.signalCode !== null) continue;
    process.kill(-child.pid!, 'SIGTERM');
    await ended;
  }
});

async function planned(file: string, cwd = root): Promise<Plan> {
  // An own env file keeps a developer's .env out of the test.
  const envFile = join(folderWith({ '.env': '' }), '.env');
  return makePlan(await loadConfig({ file, cwd, env: ENV, envFile }), { cwd });
}

/** The file as somebody would have it who cannot write comments. */
function withoutComments(file: string): string {
  return readFileSync(join(root, file), 'utf8').replace(/^\s*\/\/.*$/gm, '');
}

describe.each([
  ['mcp_config.minimal.json', ['calculator'], []],
  ['mcp_config.example.json', ['calculator', 'memory'], []],
  ['mcp_config.multi-token.json', ['calculator', 'memory@kitchen', 'memory@children'], []],
])('%s', (file, names, warnings) => {
  test('loads and plans every server it shows', async () => {
    const plan = await planned(file);
    expect(plan.servers.map(({ name }) => name)).toEqual(names);
    expect(plan.warnings.map(({ code }) => code)).toEqual(warnings);
  });

  test('is plain JSON without its comments, and plans the same', async () => {
    const text = withoutComments(file);
    expect(() => JSON.parse(text)).not.toThrow();
    const folder = folderWith({ [file]: text });
    const there = JSON.stringify(await planned(file, folder));
    expect(there.replaceAll(folder, root)).toBe(JSON.stringify(await planned(file)));
  });
});

test('mcp_config.multi-token.json gives each agent its own token, and no server sees one', async () => {
  const { links, servers } = await planned('mcp_config.multi-token.json');
  expect(links.map(({ endpoint }) => endpoint.token)).toEqual([ENV.TOKEN_1, ENV.TOKEN_2]);
  expect(links).toMatchObject([
    { name: 'kitchen', servers: ['calculator', 'memory@kitchen'] },
    { name: 'children', servers: ['calculator', 'memory@children'] },
  ]);
  for (const server of servers) expect(JSON.stringify({ ...launchOf(server) })).not.toContain('made-up');
});

test('.env.example beside the example is enough to plan, and its fake token is a warning', async () => {
  const folder = folderWith({
    'mcp_config.json': readFileSync(join(root, 'mcp_config.example.json'), 'utf8'),
    '.env': readFileSync(join(root, '.env.example'), 'utf8'),
  });
  const plan = makePlan(await loadConfig({ cwd: folder, env: {} }), { cwd: folder });
  expect(plan.links).toMatchObject([{ kind: 'mux', servers: ['calculator', 'memory'] }]);
  expect(plan.warnings.map(({ code }) => code)).toEqual(['CONFIG_ENDPOINT_PLACEHOLDER']);
});

test.each([
  ['calculator', /calc/i],
  ['memory', /^create_entities$/],
])(
  'the server "%s" of mcp_config.example.json starts and lists its tools',
  async (name, tool) => {
    const { servers } = await planned('mcp_config.example.json');
    const tools = await toolNames(servers.find((server) => server.name === name)!);
    expect(tools).toContainEqual(expect.stringMatching(tool));
  },
  120_000,
);

/** Starts the server as planned and asks it, over its stdio, what tools it has. */
async function toolNames(server: ServerPlan): Promise<string[]> {
  const launch = launchOf(server);
  const { command, args, cwd, env } = launch;
  const child = spawn(command, args, { cwd, env, stdio: 'pipe', detached: true });
  running.push(child);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the server left (${code ?? signal}): ${said}`)));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (id: number, method: string, params: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    for (;;) {
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done) throw new Error('the server closed its stdout');
      const message = JSON.parse(value) as { id?: number; result?: { tools?: { name: string }[] } };
      if (message.id === id) return message.result;
    }
  };
  const clientInfo = { name: 'examples-test', version: '0' };
  const hello = await ask(0, 'initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo });
  expect(hello).toHaveProperty('serverInfo');
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  return ((await ask(1, 'tools/list', {}))?.tools ?? []).map(({ name }) => name);
}

describe('a copy of examples/calculator.js', () => {
  test.each([
    ['a folder of CommonJS', '{ "type": "commonjs" }', 'calculator.js'],
    ['a folder of ES modules', '{ "type": "module" }', 'calculator.js'],
    ['a folder without package.json', undefined, 'calculator.js'],
    ['a module by its name', undefined, 'calculator.mjs'],
    ['CommonJS by its name', undefined, 'calculator.cjs'],
  ])('runs in %s', async (_, manifest, name) => {
    const folder = folderWith({ [name]: readFileSync(join(root, 'examples/calculator.js'), 'utf8') });
    if (manifest !== undefined) writeFileSync(join(folder, 'package.json'), manifest);
    const child = spawn(process.execPath, [join(folder, name)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    running.push(child);
    const params = { name: 'calculate', arguments: { expression: '6 * 7' } };
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}\n`);
    const line = await new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve));
    expect(JSON.parse(line)).toMatchObject({ id: 1, result: { content: [{ text: '42' }] } });
  });
});

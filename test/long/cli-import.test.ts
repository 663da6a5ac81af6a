import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Cli, type CliOptions, folderAndEndpoint } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import type { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

let cwd: string;
let fake: FakeEndpoint;
beforeEach(async () => {
  ({ cwd, fake } = await folderAndEndpoint());
});

const server = { command: process.execPath, args: [fixture('basic.mjs')] };
const address = (token = 'token-number-one') => fake.endpoint(token).href;

async function put(name: string, content: object | string): Promise<void> {
  await mkdir(dirname(join(cwd, name)), { recursive: true });
  await writeFile(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));
}

async function ended(args: readonly string[], options: CliOptions = {}) {
  const cli = new Cli(args, { cwd, env: { HOME: cwd }, ...options });
  const code = await cli.exited;
  for (const output of [cli.stdout, cli.stderr]) expect(output).not.toMatch(/token-number/);
  return { code, stdout: cli.stdout, stderr: cli.stderr };
}

/** What a text says should be typed, as arguments. */
function advised(text: string): string[] {
  const [, typed] = /: mcp-pipe (init --import [^\n[]*?)\.?\s*(\[|\n|$)/.exec(text) ?? [];
  expect(typed, text).toBeDefined();
  return typed!.trim().split(' ');
}

/** Runs until as many links are open. */
async function opens(links: number, where = cwd, env: Record<string, string> = {}): Promise<string[]> {
  const cli = new Cli([], { cwd: where, env: { HOME: cwd, ...env } });
  const open = () => cli.log.filter(({ event }) => event === 'open').map(({ link }) => String(link));
  await eventually(() => open().length === links);
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
  return open().sort();
}

describe('a folder with a file of another program and nothing else', () => {
  const entry = { s: server };
  const { command, args } = server;
  it.each<[string, object | string, boolean]>([
    [
      'xiaozhi.config.json',
      {
        get mcpEndpoint() {
          return address();
        },
        mcpServers: entry,
      },
      true,
    ],
    [
      'mcp_settings.json',
      {
        get xiaozhi() {
          return { enabled: true, webSocketUrl: address() };
        },
        mcpServers: entry,
      },
      true,
    ],
    ['.vscode/mcp.json', { servers: entry }, false],
    ['opencode.json', { mcp: { s: { type: 'local', command: [command, ...args] } } }, false],
    ['.zed/settings.json', { context_servers: { s: { command: { path: command, args } } } }, false],
    [
      '.codex/config.toml',
      `[mcp_servers.s]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`,
      false,
    ],
    [
      'config.yaml',
      `extensions:\n  s: { type: stdio, enabled: true, cmd: ${JSON.stringify(command)}, args: ${JSON.stringify(args)} }\n`,
      false,
    ],
  ])(
    '%s: run and check say what to type, and that ends in a working link',
    async (file, content, hasEndpoint) => {
      await put(file, content);
      const run = await ended([]);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(file);
      const check = await ended(['check']);
      expect(check.stdout).toContain(file);
      expect(advised(check.stdout)).toEqual(advised(run.stderr));
      const init = await ended(advised(run.stderr));
      expect([init.code, init.stderr]).toEqual([0, '']);
      expect(
        (await ended(['check'], hasEndpoint ? {} : { env: { HOME: cwd, MCP_ENDPOINT: address() } })).code,
      ).toBe(0);
      expect(await opens(1, cwd, hasEndpoint ? {} : { MCP_ENDPOINT: address() })).toEqual(['s']);
    },
  );

  it('in Vietnamese, too', async () => {
    await put('xiaozhi.config.json', {
      mcpEndpoint: address(),
      mcpServers: { s: { ...server, timeout: 3 } },
    });
    const { stderr } = await ended(['--lang', 'vi']);
    expect(stderr).toContain('Hãy nhập các server này: mcp-pipe init --import xiaozhi.config.json');
    const { stdout } = await ended([...advised(stderr), '--lang', 'vi']);
    expect(stdout).toContain('Endpoint trong "mcpEndpoint" từ giờ được đọc từ MCP_ENDPOINT trong .env.');
    expect(stdout).toContain('s: bỏ lại "timeout"');
  });
});

describe('a file of another program under the name of ours', () => {
  it.each<[string, object]>([
    ['opencode', { mcp: { s: { type: 'local', command: [server.command, ...server.args] } } }],
    ['settings of VS Code', { mcp: { servers: { s: server } } }],
    ['a list', { mcpServers: [{ name: 's', ...server }] }],
    ['a lone server', { name: 's', ...server }],
  ])('%s: the advice, obeyed, ends in a working link', async (_, content) => {
    await put('mcp_config.json', content);
    const before = readFileSync(join(cwd, 'mcp_config.json'), 'utf8');
    const { code, stderr } = await ended([]);
    expect(code).toBe(2);
    expect((await ended(advised(stderr))).code).toBe(0);
    expect(readFileSync(join(cwd, 'mcp_config.json'), 'utf8')).toBe(before);
    expect(await opens(1, join(cwd, 'mcp-pipe'), { MCP_ENDPOINT: address() })).toEqual(['s']);
  });

  it('xiaozhi-client with two endpoints: each gets the servers, without what is hidden', async () => {
    await put('mcp_config.json', {
      mcpEndpoint: [address('token-number-one'), address('token-number-two')],
      mcpServers: { s: server },
      mcpServerConfig: { s: { tools: { echo: { enable: false } } } },
    });
    const { stdout } = await ended(['check']);
    expect(stdout).toContain('CONFIG_ENDPOINT_PLACE');
    expect((await ended(advised(stdout))).code).toBe(0);
    const there = join(cwd, 'mcp-pipe');
    expect(statSync(join(there, '.env')).mode & 0o777).toBe(0o600);
    // MCP_ENDPOINT is the address of an agent there, not of whatever has none.
    expect(readFileSync(join(there, '.env'), 'utf8')).toMatch(
      /^# The endpoints of the agents .*\nMCP_ENDPOINT=/m,
    );
    const { mcpServers, agents } = JSON.parse(readFileSync(join(there, 'mcp_config.json'), 'utf8'));
    expect(Object.keys(mcpServers)).toEqual(['s']);
    expect(mcpServers.s.tools).toEqual({ deny: ['echo'] });
    const reference = (name: string) => ({ endpoint: ['$', '{', name, '}'].join('') });
    expect(agents).toEqual({ 'agent-1': reference('MCP_ENDPOINT'), 'agent-2': reference('ENDPOINT_2') });
    const accepted = await ended(['check'], { cwd: there });
    expect([accepted.code, accepted.stdout]).toEqual([0, expect.stringMatching(/^agent-2 .* yes$/m)]);
    expect(await opens(2, there)).toEqual(['agent-1', 'agent-2']);
  });
});

describe('mcp-pipe init --import', () => {
  it('xiaozhi-mcphub with groups: each endpoint gets its servers and tools alone', async () => {
    await put('mcp_settings.json', {
      mcpServers: { s: server, t: server, hidden: server },
      groups: [{ id: '1', name: 'g', servers: ['s', { name: 't', tools: ['echo'] }] }],
      xiaozhi: {
        endpoints: [
          { name: 'kitchen', webSocketUrl: address('token-number-one'), groupId: '1' },
          { name: 'off', enabled: false, webSocketUrl: address('token-number-three') },
        ],
      },
    });
    const { code, stdout } = await ended(['init', '--import', 'mcp_settings.json']);
    expect(code).toBe(0);
    expect(stdout).toContain('hidden is disabled: no endpoint had it there.');
    const check = await ended(['check']);
    expect([check.code, check.stdout]).toEqual([0, expect.stringMatching(/^kitchen .* yes +yes\*$/m)]);
    expect(await opens(1)).toEqual(['kitchen']);
  });

  it('leaves the endpoint of the file alone when another one is asked for', async () => {
    await put('x.json', { mcpEndpoint: address('token-number-two'), mcpServers: { s: server } });
    const { stdout } = await ended(['init', '--import', 'x.json', '--endpoint', address()]);
    expect(stdout).toContain('Left out the endpoint in "mcpEndpoint"');
    expect(readFileSync(join(cwd, '.env'), 'utf8')).toContain(`MCP_ENDPOINT=${address()}\n`);
  });

  it('takes several files, and what only one of them says', async () => {
    await put('a.json', { mcpServers: { s: server } });
    await put('b.yaml', `mcpServers:\n  s: { command: other }\n`);
    expect((await ended(['init', '--import', 'a.json', '--import', 'b.yaml'])).code).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(join(cwd, 'mcp_config.json'), 'utf8'));
    expect(Object.keys(mcpServers)).toEqual(['s', 's-import']);
  });

  it.each([
    ['no.yaml', 'a: 1\nb: : :\n', /no\.yaml cannot be read as YAML: line 2/],
    ['no.toml', 'a = 1\n= =\n', /no\.toml cannot be read as TOML: line 2/],
    ['no.json', '{\n  "mcpServers": [\n', /no\.json:\d/],
    ['none.yaml', 'theme: dark', /holds no servers/],
    ['none.json', '{ "theme": "dark" }', /holds no servers/],
  ])('%s holds nothing: it is said why, and nothing is written', async (file, content, says) => {
    await put(file, content);
    const { code, stderr } = await ended(['init', '--import', file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(existsSync(join(cwd, 'mcp_config.json'))).toBe(false);
  });
});

it('a folder or a pipe instead of a file is named as what it is', async () => {
  mkdirSync(join(cwd, 'folder.json'));
  execFileSync('mkfifo', [join(cwd, 'pipe.json')]);
  for (const [file, what] of [
    ['folder.json', /folder\.json: it is a folder/],
    ['pipe.json', /pipe\.json: it is a pipe/],
  ] as const) {
    const { code, stderr } = await ended(['init', '--import', file]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(what)]);
  }
});

describe('mcp-pipe add', () => {
  it.each([
    ['check', /^Next: mcp-pipe$/m],
    ['my notes', /^Next: mcp-pipe "my notes"$/m],
    ['a$b', /^Next: mcp-pipe 'a\$b'$/m],
  ])('%j: what is to be typed next does it', async (name, next) => {
    expect((await ended(['add', name, '--', 'x'])).stdout).toMatch(next);
  });

  it('moves what is a secret by its name or by its look', async () => {
    const env = ['--env', 'SEED_PHRASE=apple banana', '--env', 'HEADER=Bearer abcdef', '--env', 'MODE=fast'];
    expect((await ended(['add', 's', ...env, '--', 'x'])).code).toBe(0);
    const text = readFileSync(join(cwd, 'mcp_config.json'), 'utf8');
    expect(text).not.toMatch(/apple|abcdef/);
    expect(text).toContain('fast');
    expect(readFileSync(join(cwd, '.env'), 'utf8')).toMatch(
      /SEED_PHRASE=apple banana\nS_HEADER=Bearer abcdef/,
    );
  });
});

import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Cli, type CliOptions, folder, root } from '../helpers/cli.js';

const TOKEN = 'a-token-that-nobody-may-see';
const ADDRESS = `wss://api.xiaozhi.me/mcp/?token=${TOKEN}`;
/** `${name}`, as configurations write it. */
const ref = (name: string) => ['$', '{', name, '}'].join('');

let cwd: string;
let file: string;
let envFile: string;
beforeEach(async () => {
  cwd = await folder();
  file = join(cwd, 'mcp_config.json');
  envFile = join(cwd, '.env');
});

async function ended(args: string[], options: CliOptions = {}) {
  const cli = new Cli(args, { cwd, env: { HOME: cwd }, ...options });
  const code = await cli.exited;
  for (const output of [cli.stdout, cli.stderr]) {
    expect(output).not.toContain(TOKEN);
    expect(output).not.toContain('    at ');
  }
  return { code, stdout: cli.stdout, stderr: cli.stderr };
}

const text = (path = file) => readFileSync(path, 'utf8');
const config = () => JSON.parse(text()) as { mcpServers: Record<string, Record<string, unknown>> };
const mode = (path: string) => statSync(path).mode & 0o777;

describe('mcp-pipe add', () => {
  it('begins a configuration, and the token of --endpoint goes to a private .env', async () => {
    const args = ['add', 'my-calc', '--endpoint', ADDRESS, '--env', 'MODE=fast', '--env', 'API_KEY=k 1'];
    expect((await ended([...args, '--', 'node', 'calc.js', '--endpoint', 'x'])).code).toBe(0);
    expect(config()).toEqual({
      mcpServers: {
        'my-calc': {
          command: 'node',
          args: ['calc.js', '--endpoint', 'x'],
          env: { MODE: 'fast', API_KEY: ref('API_KEY') },
          endpoint: ref('MCP_ENDPOINT_MY_CALC'),
        },
      },
    });
    expect(text(envFile)).toBe(`API_KEY=k 1\nMCP_ENDPOINT_MY_CALC=${ADDRESS}\n`);
    expect(mode(envFile)).toBe(0o600);
    expect(readdirSync(cwd).sort()).toEqual(['.env', 'mcp_config.json']);
  });

  it('keeps comments, a byte order mark, line ends, the mode, and a symbolic link', async () => {
    const before = '\uFEFF{\r\n\t"mcpServers": {\r\n\t\t"a": { "command": "x" } // note\r\n\t}\r\n}\r\n';
    await mkdir(join(cwd, 'real'));
    const real = join(cwd, 'real', 'config.json');
    await writeFile(real, before);
    await chmod(real, 0o640);
    await symlink(real, file);
    expect((await ended(['add', 'b', '--disabled', '--', 'y'])).code).toBe(0);
    const added = '"b": {\r\n\t\t\t"command": "y",\r\n\t\t\t"disabled": true\r\n\t\t}\r\n\t}';
    expect(text(real)).toBe(before.replace('} // note\r\n\t}', `}, // note\r\n\t\t${added}`));
    expect(mode(real)).toBe(0o640);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect((await ended(['remove', 'b'])).code).toBe(0);
    expect(text(real)).toBe(before);
  });

  it('never overwrites a value of .env, and closes it to others', async () => {
    await writeFile(envFile, 'MCP_ENDPOINT_A=wss://old/?token=1');
    await chmod(envFile, 0o644);
    const { code, stdout } = await ended(['add', 'a', '--endpoint', ADDRESS, '--', 'x']);
    expect(code).toBe(0);
    expect(stdout).toContain('readable by others');
    expect(text(envFile)).toBe(`MCP_ENDPOINT_A=wss://old/?token=1\nA_ENDPOINT=${ADDRESS}\n`);
    expect(config().mcpServers.a!.endpoint).toBe(ref('A_ENDPOINT'));
    expect(mode(envFile)).toBe(0o600);
  });

  it('refuses a name that is taken, unless forced', async () => {
    await writeFile(file, '{ "mcpServers": { "a": { "command": "x" } } }');
    const { code, stderr } = await ended(['add', 'a', '--', 'y']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--force')]);
    expect(config().mcpServers.a!.command).toBe('x');
    expect((await ended(['add', 'a', '--force', '--', 'y'])).code).toBe(0);
    expect(config().mcpServers.a!.command).toBe('y');
  });

  it.each([
    ['{ "mcpServers": { "a": ', /CONFIG_SYNTAX/],
    ['{ "mcpServers": [] }', /no place for servers/],
    ['{ "x": 1, "x": 2 }', /left as it is.*\n.*twice/],
  ])('leaves %j and .env as they are, and says why', async (before, says) => {
    await writeFile(file, before);
    const { code, stderr } = await ended(['add', 'b', '--endpoint', ADDRESS, '--', 'y']);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(text()).toBe(before);
    expect(readdirSync(cwd)).toEqual(['mcp_config.json']);
  });

  it.each([
    [['add', 'a'], /Neither a command/],
    [['add', '', '--', 'x'], /needs a name/],
    [['add', 'a', '--env', 'broken', '--', 'x'], /NAME=VALUE/],
    [['add', 'a', '--endpoint', `https://h/?token=${TOKEN}`, '--', 'x'], /wss:\/\//],
  ])('refuses %j and writes nothing', async (args, says) => {
    const { code, stderr } = await ended(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('a server that agents name', () => {
  const agents = {
    kitchen: { endpoint: ref('T_1'), servers: ['a', 'b'], tools: { b: ['x'] } },
    office: { endpoint: ref('T_2'), servers: ['b'] },
  };
  const env = () => ({ HOME: cwd, T_1: `${ADDRESS}1`, T_2: `${ADDRESS}2` });
  const put = () =>
    writeFile(
      file,
      JSON.stringify({ mcpServers: { a: { command: 'node' }, b: { command: 'node' } }, agents }),
    );

  it('is taken off them when it is removed, and what that leaves is accepted', async () => {
    await put();
    const { code, stdout } = await ended(['remove', 'b']);
    expect(code).toBe(0);
    expect(stdout).toContain('The agents kitchen, office do not have it any more.');
    expect(stdout).toContain('office has no server left');
    const { agents: left } = JSON.parse(text());
    expect(left).toEqual({
      kitchen: { ...agents.kitchen, servers: ['a'], tools: {} },
      office: { ...agents.office, servers: [] },
    });
    const check = await ended(['check'], { env: env() });
    expect(check.code).toBe(0);
    expect(check.stdout).toContain('CONFIG_AGENT_SERVERS');
  });

  it('may be added again: what check says then leads to a working configuration', async () => {
    await put();
    expect((await ended(['add', 'c', '--', 'node', 'c.js'])).code).toBe(0);
    const { code, stdout } = await ended(['check'], { env: env() });
    expect([code, stdout]).toEqual([
      2,
      expect.stringMatching(/name it in the "servers" of an agent \(kitchen,\s+office\)/),
    ]);
    const written = JSON.parse(text());
    written.agents.office.servers.push('c');
    await writeFile(file, JSON.stringify(written));
    await writeFile(join(cwd, 'c.js'), '');
    expect((await ended(['check'], { env: env() })).code).toBe(0);
  });
});

describe('mcp-pipe remove', () => {
  it('knows the nearest name, and does nothing where there is no file', async () => {
    expect((await ended(['remove', 'a'])).stderr).toContain('There is no');
    await writeFile(file, '{ "servers": { "memory": { "command": "x" } } }');
    const { code, stderr } = await ended(['remove', 'memroy']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean memory?')]);
    expect((await ended(['remove', 'memory'])).code).toBe(0);
    expect(text()).toBe('{ "servers": { } }');
  });
});

describe('mcp-pipe enable and disable', () => {
  it('switch servers and agents in the file: all of the names, or none', async () => {
    const before = `{
  // mine
  "mcpServers": { "memory": { "command": "x" }, "files": { "command": "y", "enabled": false } },
  "agents": { "kitchen": { "endpoint": "${ref('T')}" } } // there
}
`;
    await writeFile(file, before);
    const wrong = await ended(['disable', 'memory', 'kitchn']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean kitchen?')]);
    expect(text()).toBe(before);
    const { code, stdout } = await ended(['disable', 'memory', 'files', 'kitchen', 'memory']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('memory, kitchen disabled in')]);
    expect(stdout).toContain('files was disabled already.');
    const after = before
      .replace('"x" }', '"x", "disabled": true }')
      .replace(`"${ref('T')}" }`, `"${ref('T')}", "disabled": true }`);
    expect(text()).toBe(after);
    const enabled = await ended(['enable', 'memory', 'files', 'kitchen', '--json']);
    expect(JSON.parse(enabled.stdout)).toMatchObject({
      ...{ file, enabled: true, changed: ['memory', 'files', 'kitchen'], unchanged: [] },
    });
    expect(text()).toBe(after.replaceAll('true', 'false').replace('"enabled": false', '"enabled": true'));
  });

  it('say so where an entry does not decide it', async () => {
    await writeFile(file, '{ "servers": { "a": { "command": "x" } }, "excludeMCPServers": ["a"] }');
    const { code, stderr } = await ended(['enable', 'a']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"excludeMCPServers"')]);
  });
});

describe('mcp-pipe init without questions', () => {
  it('puts a calculator of its own beside the configuration, and no path into its package', async () => {
    const { code, stdout } = await ended(['init', '--yes']);
    expect(code).toBe(0);
    expect(config().mcpServers).toEqual({ calculator: { command: 'node', args: ['calculator.js'] } });
    expect(stdout).toContain(`Wrote ${join(cwd, 'calculator.js')}.`);
    expect(text(join(cwd, 'calculator.js'))).toBe(text(join(root, 'examples/calculator.js')));
    const called = await ended(['call', 'calculator', 'calculate', 'expression=6*7']);
    expect(called).toMatchObject({ code: 0, stdout: '42\n' });
  });

  it('leaves a calculator.js that is there already as it is', async () => {
    await writeFile(join(cwd, 'calculator.js'), '// mine');
    const { code, stdout } = await ended(['init', '--yes']);
    expect([code, stdout]).toEqual([0, expect.not.stringContaining(`Wrote ${join(cwd, 'calculator.js')}`)]);
    expect(text(join(cwd, 'calculator.js'))).toBe('// mine');
  });

  it('writes both files, .env for its owner alone, and knows what to type next', async () => {
    const args = [
      'init',
      '--endpoint',
      ADDRESS,
      '--server',
      'memory',
      '--server',
      'clock=uvx "mcp server" time',
    ];
    const { code, stdout } = await ended(args);
    expect(code).toBe(0);
    expect(stdout).toContain('Next: mcp-pipe\n');
    expect(config().mcpServers).toEqual({
      memory: {
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-memory'],
        // Otherwise it forgets with npm's cache.
        env: { MEMORY_FILE_PATH: join(cwd, 'memory.jsonl') },
      },
      clock: { command: 'uvx', args: ['mcp server', 'time'] },
    });
    expect(text(envFile)).toContain(`\nMCP_ENDPOINT=${ADDRESS}\n`);
    expect(mode(envFile)).toBe(0o600);
  });

  it('what it writes without anything runs with --local', async () => {
    const { stdout } = await ended(['init', '--yes', '--dir', 'new/place']);
    expect(stdout).toContain('cd new/place && mcp-pipe --local');
    const cli = new Cli(['--local', '--exit-when-all-failed'], { cwd: join(cwd, 'new/place') });
    await cli.event('open');
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
  });

  it('overwrites no configuration, and writes nothing then', async () => {
    await symlink(join(cwd, 'nowhere'), file);
    const { code, stderr } = await ended(['init', '--endpoint', ADDRESS]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('exists already')]);
    expect(readdirSync(cwd)).toEqual(['mcp_config.json']);
  });

  it('leaves an existing .env alone and says what to add, without the values', async () => {
    await writeFile(envFile, 'A=1\n');
    const { code, stdout } = await ended(['init', '--endpoint', ADDRESS]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/left as it is\. Add to it:\n {2}MCP_ENDPOINT=…\n/);
    expect(text(envFile)).toBe('A=1\n');
  });

  it('imports a file; its secrets go to .env, or stay', async () => {
    const foreign = {
      mcpServers: { s: { command: 'x', env: { S_TOKEN: TOKEN } }, far: { url: 'https://h/mcp' } },
    };
    await writeFile(join(cwd, 'claude.json'), JSON.stringify(foreign));
    const { code, stdout } = await ended(['init', '--import', 'claude.json']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'far: remote, with no headers; if the server answers 401, run mcp-pipe login far',
    );
    expect(text()).toContain(`"S_TOKEN": "${ref('S_TOKEN')}"`);
    expect(config().mcpServers.far).toEqual({ url: 'https://h/mcp' });
    expect(text(envFile)).toContain(`S_TOKEN=${TOKEN}\n`);
    const kept = await ended(['init', '--import', 'claude.json', '--keep-secrets-inline', '--dir', 'b']);
    expect(kept.code).toBe(0);
    expect(text(join(cwd, 'b/mcp_config.json'))).toContain(TOKEN);
    expect(mode(join(cwd, 'b/mcp_config.json'))).toBe(0o600);
  });

  it('adds .env to the .gitignore of a repository that does not know it', async () => {
    await mkdir(join(cwd, '.git'));
    await writeFile(join(cwd, '.gitignore'), 'dist\n');
    expect((await ended(['init', '--dir', 'sub'])).stdout).toContain(
      `Added .env to ${join(cwd, '.gitignore')}`,
    );
    expect(text(join(cwd, '.gitignore'))).toBe('dist\n.env\n');
    expect((await ended(['init'])).stdout).not.toContain('.gitignore');
  });

  it.each([
    [['init', '--import', 'none.json'], /does not exist/],
    [['init', '--server', 'x'], /--server takes/],
    [['init', '--server', 'filesystem=/no/such'], /no folder/],
    [['init', '--server', 'memory', '--server', 'memory'], /twice/],
    [['init', '--endpoint', TOKEN], /wss:\/\//],
  ])('refuses %j and writes nothing', async (args, says) => {
    const { code, stderr } = await ended(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

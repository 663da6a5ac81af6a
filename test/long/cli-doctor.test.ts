import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stateFolderOf } from '../../src/daemon/state-folder.js';
import type { EndpointOptions } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folder, root } from '../helpers/cli.js';
import { spellings, untar } from '../helpers/untar.js';

const TOKEN = 'the-secret-token-of-the-doctor';
const CALCULATOR = { command: process.execPath, args: [join(root, 'examples/calculator.js')] };

interface Report {
  ok: boolean;
  next: string[];
  items: {
    section: string;
    about: string;
    severity: string;
    id: string;
    found: string;
    next: string | null;
  }[];
}

async function start(mcpServers: object, options: EndpointOptions = {}) {
  const endpoint = await startEndpoint({ port: 0, ...options });
  onTestFinished(() => endpoint.close());
  const state = mkdtempSync(join(tmpdir(), 'mcp-pipe-state-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const cwd = await folder();
  writeFileSync(join(cwd, '.env'), `MCP_ENDPOINT=${endpoint.serverUrl(TOKEN)}\n`);
  chmodSync(join(cwd, '.env'), 0o600);
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers }));
  const env = { XDG_STATE_HOME: state, XDG_RUNTIME_DIR: state, MCP_PIPE_LOG_FORMAT: 'json' };
  const end = async (...args: string[]) => {
    const cli = new Cli(['doctor', ...args], { cwd, env });
    const code = await cli.exited;
    expect(cli.stdout + cli.stderr).not.toContain(TOKEN);
    return { code, stdout: cli.stdout, stderr: cli.stderr };
  };
  const lines = async (...args: string[]) => {
    const { code, stdout } = await end('--json', ...args);
    const report = JSON.parse(stdout) as Report;
    const said = report.items.map(({ severity, id, about }) => `${severity} ${id} ${about}`.trim());
    return { code, report, said };
  };
  return { endpoint, cwd, env, end, lines };
}

it('starts, dials and lists what does not run, and says that all is well', async () => {
  const { endpoint, end } = await start({ calc: CALCULATOR });
  const { code, stdout } = await end();
  expect(stdout).toMatch(/ {2}ok +calc: ready after .*, 1 tool \(/);
  expect(stdout).toMatch(/ {2}ok +calc: WebSocket open in /);
  expect(stdout).toMatch(/All is well\.\nNext:\n {2}1\. Start it: mcp-pipe\n$/);
  expect(code).toBe(0);
  expect(endpoint.stats.accepted).toBe(1);
  expect(endpoint.connections()).toEqual([]);
});

it('asks a running mcp-pipe, and never dials a token that is in use', async () => {
  const { endpoint, cwd, env, lines } = await start(
    { calc: CALCULATOR },
    { connectionsPerToken: 1, whenFull: 'replace' },
  );
  const run = new Cli([], { cwd, env });
  await run.event('client-initialized');
  const { code, said } = await lines();
  expect(said).toContain('ok running');
  expect(said).toContain('ok server-runs calc');
  expect(said).toContain('ok owner-self');
  expect(said.filter((line) => /dial/.test(line))).toEqual([]);
  expect(code).toBe(0);
  expect(endpoint.stats.accepted).toBe(1);
  // Another configuration with the same token.
  const other = await folder();
  writeFileSync(join(other, '.env'), readFileSync(join(cwd, '.env')), { mode: 0o600 });
  writeFileSync(join(other, 'mcp_config.json'), readFileSync(join(cwd, 'mcp_config.json')));
  const beside = new Cli(['doctor', '--json'], { cwd: other, env });
  await beside.exited;
  const items = (JSON.parse(beside.stdout) as Report).items.map(({ severity, id }) => `${severity} ${id}`);
  expect(items).toContain('skipped dial-in-use');
  expect(items).toContain('warning owner-other');
  expect(endpoint.stats.accepted).toBe(1);
});

it('says what is wrong, what to do first, and exits with 1', async () => {
  const { lines, end } = await start(
    {
      calc: CALCULATOR,
      broken: {
        command: process.execPath,
        args: ['-e', 'console.error("no such database"); process.exit(3)'],
      },
    },
    { refuse: { code: 1008, reason: 'no such token' } },
  );
  const { code, said, report } = await lines();
  expect(said).toContain('error dial-failed mux');
  expect(said).toContain('error server-failed broken');
  expect(said).toContain('ok server-ok calc');
  expect(report.ok).toBe(false);
  expect(report.next).toHaveLength(2);
  expect(report.next[0]).toMatch(/^mux: Check the token\./);
  expect(code).toBe(1);
  const one = await end('calc', '--no-dial', '--lang', 'vi');
  expect(one.stdout).toMatch(/ {2}tốt +calc: sẵn sàng sau /);
  expect(one.stdout).not.toMatch(/broken|token #/);
  expect(one.code).toBe(0);
});

it('examines the network of a configuration that cannot be used, and exits with 2', async () => {
  const { lines } = await start({ calc: CALCULATOR, wrong: { args: [] } });
  const { code, said } = await lines('--no-dial');
  expect(said).toContain('error finding');
  expect(said.some((line) => line.startsWith('ok reached 127.0.0.1'))).toBe(true);
  expect(said.filter((line) => /server-|dial/.test(line))).toEqual([]);
  expect(code).toBe(2);
});

it('writes a support archive that only its owner can read, without any secret in any spelling', async () => {
  const secrets = {
    API_KEY: 'env-secret/11+=',
    PLAIN: 'value-of-any-name-22',
    FROM_FILE: 'secret of a file 33',
    argument: 'argument-secret-44',
    database: 'database-password-55',
    dotenv: 'dotenv-secret-66',
    token: TOKEN,
  };
  const all = Object.values(secrets);
  // The server writes everything that it should not.
  const said = all.flatMap((secret) => spellings(secret).map(({ text }) => text)).join('\n');
  const script = `process.stderr.write(Buffer.from("${Buffer.from(said).toString('hex')}", "hex").toString() + "\\n", () => process.exit(3))`;
  const { cwd, env, end } = await start({
    leaky: {
      command: process.execPath,
      args: ['leaky.cjs', '--api-key', secrets.argument],
      env: { API_KEY: secrets.API_KEY, PLAIN: secrets.PLAIN, DB: `postgres://me:${secrets.database}@db/x` },
    },
  });
  writeFileSync(join(cwd, 'leaky.cjs'), script);
  writeFileSync(join(cwd, 'secret.txt'), `${secrets.FROM_FILE}\n`);
  const dotenv = readFileSync(join(cwd, '.env'), 'utf8');
  writeFileSync(join(cwd, '.env'), `${dotenv}OTHER=${secrets.dotenv}\nMY_KEY_FILE=secret.txt\n`);
  const state = stateFolderOf(join(cwd, 'mcp_config.json'), env);
  mkdirSync(join(state, 'blackbox'), { recursive: true });
  const logFile = join(cwd, 'elsewhere.log');
  writeFileSync(logFile, `${said}\n`);
  // As `start -d --log-file` notes it.
  writeFileSync(join(state, 'background.json'), JSON.stringify({ logFile }));
  const head = { format: 'mcp-pipe-black-box', version: 1, mcpPipe: '1', pid: 1, unwritten: 0 };
  const box = { ...head, link: 'leaky', why: 'connection-ended', at: Date.now(), records: all };
  writeFileSync(join(state, 'blackbox', '2026-x.json'), JSON.stringify(box));

  const { code, stdout, stderr } = await end('--no-dial', '--bundle', 'support.tar.gz');
  expect(stderr).toMatch(/^Wrote support\.tar\.gz \(\d+ files, /);
  expect(stdout).toContain('mcp-pipe explain ');
  expect(code).toBe(1);
  const file = join(cwd, 'support.tar.gz');
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  const folderName = 'mcp-pipe-support/';
  const packed = [...untar(readFileSync(file))];
  expect(packed.filter(([name]) => !name.startsWith(folderName))).toEqual([]);
  const files = new Map(packed.map(([name, text]) => [name.slice(folderName.length), text]));
  expect([...files.keys()].sort()).toEqual(
    [
      ...[
        'README.txt',
        'blackbox/2026-x.json',
        'check.json',
        'configuration.json',
        'doctor.json',
        'doctor.txt',
      ],
      ...['environment.json', 'leases.json', 'log.txt', 'versions.json'],
    ].sort(),
  );
  for (const [name, text] of files) {
    for (const secret of all) {
      const found = spellings(secret).filter(({ reveals }) => text.includes(reveals));
      expect({ name, found }).toEqual({ name, found: [] });
    }
    if (name.endsWith('.json')) JSON.parse(text);
  }
  expect(JSON.parse(files.get('configuration.json')!)).toMatchObject({
    mcpServers: {
      leaky: {
        args: ['leaky.cjs', '--api-key', '[hidden]'],
        env: { API_KEY: '[hidden]', PLAIN: '[hidden]' },
      },
    },
  });
  expect(await end('--bundle', 'support.tar.gz')).toMatchObject({ code: 2, stdout: '' });
});

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type AuthorizationServer, authorizationServer } from '../helpers/authorization-server.js';
import { Cli, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { hasPty, Pty } from '../helpers/pty.js';
import { type RemoteServer, remoteServer } from '../helpers/remote-server.js';

let cwd: string;
let as: AuthorizationServer;
let server: RemoteServer;

async function world(options: Parameters<typeof authorizationServer>[0] = {}): Promise<void> {
  as = await authorizationServer(options);
  server = await remoteServer({ intercept: as.protect() });
  const config = { mcpServers: { notion: { type: 'http', url: server.url } } };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(config));
}

beforeEach(async () => {
  cwd = await folder();
});

const env = () => ({ MCP_PIPE_RECORDS: join(cwd, 'state'), DISPLAY: '', WAYLAND_DISPLAY: '' });
const ended = async (...args: string[]) => {
  const cli = new Cli(args, { cwd, env: env() });
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
};
const call = async () => (await ended('call', 'notion', 'add', '{"a":1,"b":2}')).stdout.trim();
const link = (output: string) => /https?:\S+\/authorize\?\S+/.exec(output)?.[0];
/** Where the browser ends after the login. */
const endOf = async (address: string) =>
  (await fetch(address, { redirect: 'manual' })).headers.get('location')!;
const hasNoSecret = (output: string) => expect(output).not.toMatch(/access-|refresh-/);

/** The built program with pipes on stdin and stdout. */
function piped(
  ...args: string[]
): ChildProcessWithoutNullStreams & { output: string; exited: Promise<number | null> } {
  const child = spawn(process.execPath, [join(root, 'bin/mcp-pipe.js'), ...args], {
    cwd,
    env: { ...process.env, ...env(), LC_ALL: 'C' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  // Its end is seen by its exit code.
  child.stdin.on('error', () => {});
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const program = Object.assign(child, { output: '', exited });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      program.output += text;
    });
  return program;
}

describe('mcp-pipe login', () => {
  test('takes the address that is pasted, once it is one; the login is this user’s alone', async () => {
    await world();
    const login = piped('login', 'notion');
    const address = await eventually(() => link(login.output));
    login.stdin.write('what is this\n');
    await eventually(() => login.output.includes('holds no code'));
    const back = await endOf(address!);
    login.stdin.write(`${back.replace(/state=[^&]+/, 'state=another')}\n`);
    await eventually(() => login.output.includes('belongs to another login'));
    login.stdin.write(`${back}\n`);
    expect(await login.exited).toBe(0);
    expect(login.output).toContain(`Logged in to notion at ${as.issuer}. It is renewed by itself.`);
    hasNoSecret(login.output);
    const logins = join(cwd, 'state/logins');
    const [file, ...others] = readdirSync(logins);
    expect(others).toEqual([]);
    expect(statSync(logins).mode & 0o777).toBe(0o700);
    expect(statSync(join(logins, file!)).mode & 0o777).toBe(0o600);
    expect(await call()).toBe('3');

    const logout = await ended('logout', server.url);
    expect(logout).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('does not accept the login any more'),
    });
    expect(as.valid.size).toBe(0);
    expect(readdirSync(logins)).toEqual([]);
    expect(await ended('logout', 'notion')).toMatchObject({
      code: 0,
      stdout: 'There is no login to notion.\n',
    });
  });

  test('is finished by the browser of this machine, while stdin waits', async () => {
    await world();
    const login = piped('login', server.url, '--json');
    const address = await eventually(() => link(login.output));
    const { redirectUri } = JSON.parse(login.output.split('\n')[0]!) as { redirectUri: string };
    expect((await fetch(`${redirectUri}?code=c&state=x`)).status).toBe(404);
    const page = await fetch(address!.replace('"', ''));
    expect(await page.text()).toContain('You are logged in.');
    expect(await login.exited).toBe(0);
    expect(login.output).toContain('"step":"stored"');
    hasNoSecret(login.output);
  });

  test('is used at once by the mcp-pipe that runs and waits for it', async () => {
    await world();
    const endpoint = await FakeEndpoint.start();
    const daemon = new Cli(['--log-format', 'json'], {
      cwd,
      env: { ...env(), MCP_ENDPOINT: `ws://127.0.0.1:${endpoint.port}/?token=x` },
    });
    await eventually(() => daemon.stderr.includes('mcp-pipe login notion'));
    const before = JSON.parse((await ended('status', '--json')).stdout) as { logins?: unknown };
    expect(before.logins).toBeUndefined();
    const login = piped('login', 'notion');
    const address = await eventually(() => link(login.output));
    login.stdin.write(`${await endOf(address!)}\n`);
    expect(await login.exited).toBe(0);
    expect(login.output).toContain('tries notion again now');
    await eventually(() => daemon.log.some(({ event }) => event === 'open'));
    const { logins } = JSON.parse((await ended('status', '--json')).stdout) as { logins: object[] };
    expect(logins).toEqual([expect.objectContaining({ server: 'notion', state: 'valid', renews: true })]);
    hasNoSecret(daemon.stderr);
  });

  test('shows a code where that is offered, and no browser is', async () => {
    await world({ hasDevice: true });
    const login = piped('login', 'notion');
    login.stdin.end();
    await eventually(() => login.output.includes('▀'));
    expect(login.output).toContain('type in this code: ABCD-EFGH');
    as.approveDevices();
    expect(await login.exited).toBe(0);
    expect(await call()).toBe('3');
  });

  test('refuses clearly where nobody can be asked, or there is nothing to log in to', async () => {
    await world();
    expect(await ended('login', 'notion')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('needs a person'),
    });
    expect(await ended('login', 'notoin')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('notion'),
    });
    const open = await remoteServer({
      intercept: ({ path }, response) => path.startsWith('/.well-known') && !!response.writeHead(404).end(),
    });
    expect(await ended('login', open.url)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('without a login'),
    });
  });

  test.skipIf(!hasPty)(
    'asks on a terminal, in Vietnamese, with a QR code where the terminal is wide',
    async () => {
      await world();
      const terminal = new Pty(['login', 'notion', '--no-browser', '--lang', 'vi'], {
        cwd,
        env: env(),
        columns: 100,
        rows: 70,
      });
      await eventually(() => terminal.raw.includes('dán vào đây'));
      expect(terminal.raw).toContain('▀');
      const back = await endOf(link(terminal.raw.replace(/\r/g, ''))!);
      terminal.press(`${back}\r`);
      expect(await terminal.exited).toBe(0);
      expect(terminal.raw).toContain('Đã đăng nhập vào notion');
      expect(
        readFileSync(join(cwd, 'state/logins', readdirSync(join(cwd, 'state/logins'))[0]!), 'utf8'),
      ).toContain('access-');
    },
  );
});

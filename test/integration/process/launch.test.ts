import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LaunchedProcess, launch, type ServerCommand } from '../../../src/process/launch.js';
import { LaunchError } from '../../../src/protocol/errors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-launch-'));
});
afterAll(() => rm(folder, { recursive: true }));

const node = (code: string, over: Partial<ServerCommand> = {}): ServerCommand => ({
  command: process.execPath,
  args: ['-e', code],
  cwd: folder,
  env: {},
  ...over,
});

async function output(child: LaunchedProcess): Promise<string> {
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stdout.resume();
  await once(child.stdout, 'end');
  return text;
}

async function failure(command: ServerCommand): Promise<LaunchError> {
  const error = await started(command).then(
    (child) => `it was started as ${child.pid}`,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LaunchError);
  return error as LaunchError;
}

let platform = process.platform;
const started = (command: ServerCommand) => launch(command, platform);

describe.each([
  ['as the system does it', process.platform],
  ['through execa, as on Windows', 'win32'],
] as const)('launch, %s', (_, chosen) => {
  beforeAll(() => {
    platform = chosen;
  });

  it('gives the process the environment and directory it was told, and beside its mark nothing else', async () => {
    const child = await started(
      node('console.log(JSON.stringify([process.cwd(), process.env]))', { env: { ONLY: 'ünly' } }),
    );
    const [cwd, env] = JSON.parse(await output(child));
    expect(cwd).toBe(folder);
    expect(env).toEqual({ ONLY: 'ünly', ...(child.mark ? { MCP_PIPE_PROCESS: child.mark } : {}) });
    expect(child.mark !== undefined).toBe(chosen === 'linux');
  });

  it('keeps what a running process says until somebody reads it', async () => {
    const child = await started(node('console.log("early"); console.error("said"); process.stdin.resume()'));
    child.stderr.resume();
    await once(child.stderr, 'data');
    // More turns of the event loop than execa waits before it lets unread streams run empty.
    for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
    const text = output(child);
    child.stdin.end();
    expect(await text).toBe('early\n');
  });

  it('tells exit codes and signals', async () => {
    expect(await (await started(node('process.exit(9)'))).exited).toEqual({ exitCode: 9 });
    expect(await (await started(node('process.kill(process.pid, "SIGKILL")'))).exited).toEqual({
      signal: 'SIGKILL',
    });
  });

  it('survives writing to a process that is gone', async () => {
    const child = await started(node('process.stdin.destroy(); process.exit(0)'));
    await child.exited;
    for (let i = 0; i < 3; i += 1) child.stdin.write(Buffer.alloc(100_000));
    await new Promise((resolve) => child.stdin.once('close', resolve));
    expect(child.stdin.destroyed).toBe(true);
  });

  it.runIf(process.platform !== 'win32')('makes the process the leader of its own group', async () => {
    const child = await started(node('process.stdin.resume()'));
    expect(() => process.kill(-child.pid, 0)).not.toThrow();
    child.stdin.end();
    expect(await child.exited).toEqual({ exitCode: 0 });
  });

  it('says that a command is missing, and how to get it', async () => {
    const error = await failure({
      command: 'uvx',
      args: ['--token', 'hunter2'],
      cwd: folder,
      env: { PATH: folder },
    });
    expect(error).toMatchObject({ code: 'LAUNCH_FAILED', reason: 'ENOENT' });
    expect(error.message).toBe('cannot start "uvx": no such command in the PATH of this server');
    expect(error.next).toBe(
      'Install uv (https://docs.astral.sh/uv/), or give the absolute path of uvx as `command`.',
    );
    expect(JSON.stringify([error, error.cause, error.stack])).not.toContain('hunter2');
  });

  it.each([
    ['npx', /Install Node\.js/],
    ['python', /python3/],
    ['docker', /Install Docker/],
    ['my-own-tool', /Check the spelling/],
  ])('knows what to say about %s', async (command, words) => {
    const error = await failure({ command, args: [], cwd: folder, env: { PATH: folder } });
    expect(error.next).toMatch(words);
    expect(error.next).toContain(`absolute path of ${command}`);
  });

  it('tells a missing directory from a missing command', async () => {
    const cwd = join(folder, 'nowhere');
    const error = await failure(node('', { cwd }));
    expect(error.reason).toBe('ENOENT');
    expect(error.message).toContain(`its working directory ${cwd} does not exist`);
    expect(error.next).toContain('`cwd`');
  });

  it('says that the directory is a file', async () => {
    const cwd = join(folder, 'file');
    await writeFile(cwd, '');
    expect((await failure(node('', { cwd }))).message).toContain(`${cwd} is not a directory`);
  });

  it('names the file that is missing, looked up from the working directory', async () => {
    const error = await failure(node('', { command: './server' }));
    expect(error.message).toBe(`cannot start "./server": there is no file ${join(folder, 'server')}`);
  });

  it.runIf(process.platform !== 'win32')('says that a file may not be executed', async () => {
    const command = join(folder, 'not-executable');
    await writeFile(command, '#!/bin/sh\n');
    const error = await failure(node('', { command }));
    expect(error.reason).toBe('EACCES');
    expect(error.next).toContain('chmod +x');
  });

  it.runIf(process.platform !== 'win32')('says that the interpreter of a script is missing', async () => {
    const command = join(folder, 'script');
    await writeFile(command, '#!/no/such/interpreter\n');
    await chmod(command, 0o755);
    const error = await failure(node('', { command }));
    expect(error.reason).toBe('ENOENT');
    expect(error.message).toContain('the interpreter in its first line is missing');
  });

  it('reports what the system refuses at once, too', async () => {
    const error = await failure(node('', { args: ['a\0b'] }));
    expect(error).toMatchObject({ reason: 'EINVAL' });
    expect(error.next).toContain('NUL');
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openChannel } from '../../src/faces/control/channel.js';
import { openControl } from '../../src/faces/control/client.js';
import { type ControlMethods, ControlRefusal, startControl } from '../../src/faces/control/server.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';

const uid = process.getuid?.();
const { platform } = process;

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-control-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'own', 'control.sock');
}

async function start(paths: string[], methods: ControlMethods = { echo: ({ params }) => params }) {
  const control = await startControl({ paths, ownFolders: true, methods, uid, platform });
  onTestFinished(() => control.close());
  return control;
}

/** Writes raw text and gives the lines that come back; null when the connection ends. */
async function raw(path: string, text: string | Buffer, count: number): Promise<Record<string, unknown>[]> {
  const socket = createConnection(path);
  let received = '';
  let ended = false;
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.on('close', () => {
    ended = true;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  const lines = () => received.split('\n').slice(0, -1);
  await eventually(() => lines().length >= count || ended);
  socket.destroy();
  return lines().map((line) => JSON.parse(line));
}

const ask = async (path: string, method: string, params?: object) => {
  const client = await openControl([path], { uid, timeoutMs: PATIENCE_MS });
  try {
    return await client.ask(method, params);
  } finally {
    client.close();
  }
};

test('the folder has mode 0700 and the socket 0600, and lax rights of the folder are corrected', async () => {
  const path = socketPath();
  mkdirSync(dirname(path));
  chmodSync(dirname(path), 0o777);
  await start([path]);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('the socket is gone after the end', async () => {
  const path = socketPath();
  const control = await start([path]);
  expect(existsSync(path)).toBe(true);
  await control.close();
  expect(existsSync(path)).toBe(false);
});

test('what a killed daemon left behind is replaced', async () => {
  const path = socketPath();
  mkdirSync(dirname(path));
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const dead = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(dead.stdout, 'data');
  dead.kill('SIGKILL');
  await once(dead, 'close');
  expect(existsSync(path)).toBe(true);
  await start([path]);
  expect(await ask(path, 'echo', { a: 1 })).toMatchObject({ result: { a: 1 } });
});

test('a live socket is not taken, neither here nor at the next place', async () => {
  const path = socketPath();
  const second = socketPath();
  await start([path], { who: () => ({ is: 'first' }) });
  await expect(start([path, second])).rejects.toMatchObject({ code: 'CONTROL_TAKEN' });
  expect(existsSync(second)).toBe(false);
  expect(await ask(path, 'who')).toMatchObject({ result: { is: 'first' } });
});

test('a file that is no socket stays', async () => {
  const path = socketPath();
  mkdirSync(dirname(path));
  writeFileSync(path, 'precious');
  await expect(start([path])).rejects.toMatchObject({ code: 'CONTROL_TAKEN' });
  expect(statSync(path).size).toBe(8);
});

test('the next place serves where the first cannot be made', async () => {
  const blocked = socketPath();
  writeFileSync(dirname(blocked), 'a file where the folder should be');
  const second = socketPath();
  expect((await start([blocked, second])).path).toBe(second);
  await expect(start([blocked])).rejects.toMatchObject({ code: 'CONTROL_UNAVAILABLE' });
});

test('a path that is too long is refused in words', async () => {
  const path = join(dirname(socketPath()), 'x'.repeat(120));
  await expect(start([path])).rejects.toThrow(/bytes, and a socket's may have \d+/);
});

test('garbage is answered with errors, and the next request is served', async () => {
  const path = (await start([socketPath()])).path;
  const good = '{"jsonrpc":"2.0","id":"a","method":"echo","params":{"x":[1]}}';
  const bad = [
    '{',
    '[]',
    '7',
    '{"jsonrpc":"2.0","id":1,"method":"no"}',
    '{"jsonrpc":"2.0","id":2,"result":1}',
  ];
  const params = '{"jsonrpc":"2.0","id":3,"method":"echo","params":7}';
  const proto = '{"jsonrpc":"2.0","id":4,"method":"constructor"}';
  const answers = await raw(path, `${[...bad, '\u0000\ud800', params, proto, good].join('\n')}\n`, 9);
  expect(answers).toHaveLength(9);
  expect(answers.at(-1)).toEqual({ jsonrpc: '2.0', id: 'a', result: { x: [1] } });
  const codes = answers.map(({ error }) => (error as { code: number } | undefined)?.code);
  expect(codes.filter((code) => code === undefined)).toHaveLength(2);
});

test('a line without an end is not gathered for ever, and others are served on', async () => {
  const path = (await start([socketPath()])).path;
  const [answer] = await raw(path, Buffer.alloc(17 * 1024 * 1024, 0x61), 1);
  expect(answer).toMatchObject({ error: { code: -32600 } });
  expect(await ask(path, 'echo', {})).toMatchObject({ result: {} });
});

test('a method that fails ends nothing; only a refusal tells its words', async () => {
  const { path } = await start([socketPath()], {
    defect: () => {
      throw new Error('token=secret-inside');
    },
    refuse: () => {
      throw new ControlRefusal(-31002, 'not running', { server: 'a' });
    },
  });
  const defect = await ask(path, 'defect');
  expect(defect.error?.code).toBe(-32603);
  expect(JSON.stringify(defect)).not.toContain('secret-inside');
  expect((await ask(path, 'refuse')).error).toEqual({
    code: -31002,
    message: 'not running',
    data: { server: 'a' },
  });
});

test('whoever goes away cancels what was asked', async () => {
  let aborted = false;
  let started = false;
  const { path } = await start([socketPath()], {
    wait: ({ signal }) =>
      new Promise<object>((resolve) => {
        started = true;
        signal.addEventListener('abort', () => {
          aborted = true;
          resolve({});
        });
      }),
  });
  const client = await openControl([path], { uid, timeoutMs: PATIENCE_MS });
  const asked = client.ask('wait');
  await eventually(() => started);
  client.close();
  await expect(asked).rejects.toMatchObject({ code: 'DAEMON_GONE' });
  await eventually(() => aborted);
});

test('without a daemon, whoever asks hears where it was looked for', async () => {
  const path = socketPath();
  await expect(openControl([path], { uid, timeoutMs: PATIENCE_MS })).rejects.toThrow(path);
});

test('there is room for one more, however many idle connections there are; the most silent goes first', async () => {
  const path = socketPath();
  await start([path], { health: () => ({ healthy: true }) });
  const idle = await Promise.all(
    Array.from({ length: 64 }, async () => {
      const client = await openControl([path], { uid, timeoutMs: PATIENCE_MS });
      onTestFinished(() => client.close());
      return client;
    }),
  );
  // All but the second have been heard of since.
  for (const client of idle.filter((_, i) => i !== 1)) await client.ask('health');
  expect(await ask(path, 'health')).toMatchObject({ result: { healthy: true } });
  await expect(idle[1]!.ask('health')).rejects.toMatchObject({ code: 'DAEMON_GONE' });
  for (const client of idle.filter((_, i) => i !== 1))
    expect(await client.ask('health')).toMatchObject({ result: { healthy: true } });
});

test('there is room for health, however many calls are running, and for no further call', async () => {
  const path = socketPath();
  let running = 0;
  const call = () => {
    running += 1;
    return new Promise(() => {});
  };
  await start([path], { health: () => ({ healthy: true }), 'tools/call': call });
  const connect = async () => {
    const client = await openControl([path], { uid, timeoutMs: PATIENCE_MS });
    onTestFinished(() => client.close());
    return client;
  };
  for (let i = 1; i <= 64; i++) {
    (await connect()).ask('tools/call').catch(() => {});
    await eventually(() => running === i);
  }
  // Their connections stay open.
  for (let i = 0; i < 100; i++)
    expect(await (await connect()).ask('health')).toMatchObject({ result: { healthy: true } });
  expect(await ask(path, 'tools/call')).toMatchObject({ error: { code: -32000 } });
  expect(running).toBe(64);
});

test('a request may take its connection over, which then carries something else, also when the face has closed', async () => {
  const path = socketPath();
  const control = await start([path], {
    upper: ({ takeOver }) => {
      takeOver((socket) =>
        socket.on('data', (chunk: Buffer) => socket.write(chunk.toString('utf8').toUpperCase())),
      );
      return { taken: true };
    },
  });
  const options = { uid, timeoutMs: PATIENCE_MS };
  const { result, socket } = await openChannel<{ taken: boolean }>([path], 'upper', {}, options);
  expect(result).toEqual({ taken: true });
  onTestFinished(() => void socket!.destroy());
  await control.close();
  let received = '';
  socket!.on('data', (chunk: Buffer) => {
    received += chunk.toString('utf8');
  });
  socket!.resume();
  socket!.write('still here\n');
  await eventually(() => received === 'STILL HERE\n');

  const other = socketPath();
  await start([other], {
    refuses: ({ takeOver }) => {
      takeOver(() => {});
      throw new ControlRefusal(-32011, 'not now');
    },
    upper: ({ takeOver }) => takeOver(() => {}),
  });
  const refused = await openChannel([other], 'refuses', {}, options);
  expect(refused).toMatchObject({ error: { code: -32011, message: 'not now' }, socket: undefined });
  await expect(openChannel([path], 'upper', {}, options)).rejects.toMatchObject({
    code: 'DAEMON_NOT_RUNNING',
  });
  // A client that does not wait for the answer is not served at all.
  const eager = '{"jsonrpc":"2.0","id":1,"method":"upper"}\n{"jsonrpc":"2.0","id":2,"me';
  expect(await raw(other, eager, 2)).toHaveLength(1);
});

import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Keyboard } from '../../../../src/cli/keys/keyboard.js';
import type { Key } from '../../../../src/cli/keys/read-keys.js';

/** A terminal that notes each mode it gets. */
function keyboard() {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    setRawMode: (isRaw: boolean) => {
      modes.push(isRaw);
      return stdin;
    },
  }) as unknown as ReadStream & PassThrough;
  const keys: Key[] = [];
  const job = { hasTerminal: true };
  const made = new Keyboard({
    stdin,
    leave: () => {},
    hasTerminal: () => job.hasTerminal,
    onKeys: (some) => keys.push(...some),
  });
  onTestFinished(() => made.close());
  return { made, stdin, modes, keys, job };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('nothing is read before the first drawing, nor after the end', async () => {
  const { made, stdin, modes, keys } = keyboard();
  stdin.write('j');
  await turn();
  expect([keys, modes]).toEqual([[], []]);
  made.on();
  made.on();
  await turn();
  expect(keys).toEqual(['down']);
  expect(modes).toEqual([false, true]);
  made.close();
  expect(modes.at(-1)).toBe(false);
  const { length } = modes;
  made.on();
  made.close();
  stdin.write('k');
  await turn();
  expect(keys).toEqual(['down']);
  expect(modes).toHaveLength(length);
});

test('after it was stopped and goes on, the mode is set anew', async () => {
  const { made, stdin, modes, keys } = keyboard();
  made.on();
  process.emit('SIGCONT', 'SIGCONT');
  expect(modes).toEqual([false, true, false, true]);
  stdin.write('k');
  await turn();
  expect(keys).toEqual(['up']);
});

test('a terminal that is gone is left alone', async () => {
  const { made, stdin, modes } = keyboard();
  made.on();
  stdin.end();
  await turn();
  await turn();
  made.on();
  made.close();
  expect(modes).toEqual([false, true]);
});

test('while another job has the terminal, nothing is read and the mode is left alone', async () => {
  const { made, stdin, modes, keys, job } = keyboard();
  job.hasTerminal = false;
  made.on();
  stdin.write('j');
  await turn();
  expect([keys, modes]).toEqual([[], []]);
  // It is asked again only when the shell lets this one go on.
  job.hasTerminal = true;
  made.on();
  expect(modes).toEqual([]);
  process.emit('SIGCONT', 'SIGCONT');
  made.on();
  await turn();
  expect([keys, modes]).toEqual([['down'], [false, true]]);
  job.hasTerminal = false;
  process.emit('SIGCONT', 'SIGCONT');
  stdin.write('k');
  await turn();
  expect([keys, modes]).toEqual([['down'], [false, true]]);
});

test.runIf(process.platform !== 'win32').each(['SIGHUP', 'SIGQUIT'] as const)(
  'the terminal gets its mode back before %s ends the process',
  (signal) => {
    const { kill, made, modes } = signalled(signal);
    made.on();
    process.emit(signal, signal);
    expect(modes).toEqual([false, true, false]);
    expect(kill.mock.calls).toEqual([[process.pid, signal]]);
    expect(process.listenerCount(signal)).toBe(0);
  },
);

test.runIf(process.platform !== 'win32')(
  'a terminal that is gone leaves no listener that signals itself',
  async () => {
    const { kill, made, stdin, modes } = signalled('SIGHUP');
    made.on();
    stdin.end();
    await turn();
    await turn();
    process.emit('SIGHUP', 'SIGHUP');
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGHUP']]);
    expect(process.listenerCount('SIGHUP')).toBe(0);
    expect(modes).toEqual([false, true]);
  },
);

test.runIf(process.platform !== 'win32')('SIGHUP is left to a run that takes it for something else', () => {
  const { kill, made, modes } = signalled('SIGHUP');
  process.on('SIGHUP', () => {});
  made.on();
  process.emit('SIGHUP', 'SIGHUP');
  expect([modes, kill.mock.calls]).toEqual([[false, true], []]);
});

/** A keyboard in a process without other listeners of the signal, which nothing ends. */
function signalled(signal: NodeJS.Signals) {
  const others = process.listeners(signal);
  process.removeAllListeners(signal);
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  onTestFinished(() => {
    kill.mockRestore();
    process.removeAllListeners(signal);
    for (const other of others) process.on(signal, other);
  });
  return { ...keyboard(), kill };
}

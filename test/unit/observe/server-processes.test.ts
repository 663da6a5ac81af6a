import { expect, it } from 'vitest';
import { ServerProcesses } from '../../../src/observe/server-processes.js';
import type { Status } from '../../../src/protocol/status.js';

const event = (of: object) => ({ at: 0, link: 'web', ...of }) as unknown as Status;
const ready = (pid: number | undefined) => event({ type: 'server-ready', pid });
const copy = (number: number, to: string, pid?: number) =>
  event({ type: 'server-copy', copy: number, of: 3, to, pid });

function world() {
  const processes = new ServerProcesses();
  const pids = (server: string) => processes.of(server).map(({ pid }) => pid);
  return { processes, pids, on: (status: Status, server = 'web') => processes.onStatus(status, server) };
}

it('all processes of a server count, and those of others beside them', () => {
  const { processes, pids, on } = world();
  expect(on(ready(7))).toBe('began');
  expect(on(copy(2, 'ready', 8))).toBe('began');
  on(copy(3, 'ready', 9));
  on(ready(5), 'web#3');
  expect(pids('web')).toEqual([7, 8, 9]);
  expect(pids('web#3')).toEqual([5]);
  expect(processes.all.map(({ server, copy }) => `${server} ${copy}`)).toEqual([
    'web 1',
    'web 2',
    'web 3',
    'web#3 1',
  ]);
});

it('one of several ends and is replaced, the first one too; the others go on', () => {
  const { processes, pids, on } = world();
  on(ready(7));
  on(copy(2, 'ready', 8));
  const [before] = processes.of('web');
  expect(on(copy(1, 'down'))).toBe('ended');
  expect(pids('web')).toEqual([8]);
  expect(on(copy(1, 'ready', 7))).toBe('began');
  expect(processes.of('web').find(({ pid }) => pid === 7)!.life).not.toBe(before!.life);
  expect(on(copy(2, 'ended'))).toBe('ended');
  expect(on(copy(2, 'ended'))).toBeUndefined();
  expect(pids('web')).toEqual([7]);
});

it('what is only said once more changes nothing; the end of the server ends all', () => {
  const { processes, pids, on } = world();
  on(ready(7));
  expect(on(ready(7))).toBeUndefined();
  expect(on(event({ type: 'server-kept', pid: 7 }))).toBeUndefined();
  on(copy(2, 'ready', 8));
  expect(on(event({ type: 'server-state', from: 'ready', to: 'waiting' }))).toBeUndefined();
  expect(pids('web')).toEqual([7, 8]);
  for (const type of ['server-down', 'server-starting']) {
    expect(on(event({ type }))).toBe('ended');
    expect(processes.all).toEqual([]);
    on(ready(7));
  }
  expect(on(event({ type: 'server-state', from: 'ready', to: 'idle-stopped' }))).toBe('ended');
  expect(on(ready(undefined))).toBeUndefined();
  expect(processes.all).toEqual([]);
});

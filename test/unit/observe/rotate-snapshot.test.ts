import { describe, expect, it } from 'vitest';
import { Health } from '../../../src/observe/health.js';
import { hasFailed } from '../../../src/observe/link-snapshot.js';
import { liveLines } from '../../../src/observe/live-lines.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { LinkState, Status, StatusEvent } from '../../../src/protocol/status.js';
import { asTold, everyEvent, serverDown, serverMove } from '../messages/events.js';

const move = (to: LinkState): StatusEvent => ({ type: 'link-state', from: 'idle', to });
const ready = everyEvent['server-ready'];
const PLAN = { kind: 'rotate', name: 'rotate', servers: ['memory', 'files'] } as const;
const rotating = (to: string, from?: string, keepsRunning = false): StatusEvent => ({
  ...{ type: 'rotating', from, to, why: from === undefined ? 'first' : 'dwell' },
  ...{ busyForMs: 0, pendingFailed: 0, keepsRunning, dwellMs: 300_000 },
});

type Told = readonly [StatusEvent, server?: string];

function told(events: readonly Told[]) {
  const snapshot = new Snapshot([PLAN]);
  const health = new Health(snapshot, 0, (text) => text, 'en');
  for (const [i, [event, server]] of events.entries()) {
    const status: Status = {
      ...{ at: 1_000 + i, link: 'rotate' },
      ...(server === undefined ? {} : { server }),
      ...event,
    };
    for (const one of asTold(status)) {
      snapshot.onStatus(one);
      health.onStatus(one);
    }
  }
  const link = snapshot.link('rotate')!;
  const { lines } = liveLines({ links: [link], now: 2_000, columns: 80, rows: 24, colour: false });
  return { link, lines, health: health.report(1, 2_000).links[0]! };
}

const first: Told[] = [
  [rotating('memory')],
  [move('starting')],
  [everyEvent['server-starting'], 'memory'],
  [ready, 'memory'],
  [move('dialing')],
  [move('open')],
  [everyEvent['client-initialized'], 'memory'],
];
const states = (link: { members: readonly { name: string; state: string }[] | undefined }) =>
  Object.fromEntries(link.members!.map(({ name, state }) => [name, state]));

describe('a link whose servers take turns', () => {
  it('is what the one is that has its turn', () => {
    const { link, lines } = told(first);
    expect(link).toMatchObject({ turn: 'memory', server: 'ready', ready: true });
    expect(states(link)).toEqual({ memory: 'ready', files: 'between-turns' });
    expect(lines).toEqual([
      '✓ rotate    connected, asked by xz-mcp-broker  Calculator, pid 123',
      '✓   memory  ready  Calculator, pid 123',
      '-   files   waiting for its turn',
      'Ctrl-C stops',
    ]);
  });

  it('says whose turn it is also where there is no room for a row for each server', () => {
    const { link } = told(first);
    const { lines } = liveLines({ links: [link, link], now: 60_000, columns: 120, rows: 6, colour: false });
    const row =
      '✓ rotate  connected, asked by xz-mcp-broker  the turn of memory, for 58 s, Calculator, pid 123';
    expect(lines).toEqual([row, row]);
  });

  it('ends only the servers that run', () => {
    const { lines } = told([...first, [move('draining')]]);
    expect(lines).toEqual([
      '… rotate    ending the server',
      '…   memory  ending the server',
      '-   files   stopped',
      'Stopping: 1 server being ended; Ctrl-C again to stop now',
    ]);
  });

  it('goes on to the next one, and the one before is stopped', () => {
    const { link } = told([
      ...first,
      [everyEvent['server-starting'], 'files'],
      [ready, 'files'],
      [rotating('files', 'memory')],
      [serverMove('between-turns'), 'memory'],
    ]);
    expect(link.turn).toBe('files');
    expect(states(link)).toEqual({ memory: 'between-turns', files: 'ready' });
  });

  it('says that one waits for its turn, also when that one runs on', () => {
    const { link, lines } = told([...first, [ready, 'files'], [rotating('files', 'memory', true)]]);
    expect(states(link)).toEqual({ memory: 'ready', files: 'ready' });
    expect(lines[1]).toBe('-   memory  waiting for its turn  Calculator, pid 123');
  });

  it('is not ready on the strength of servers that wait for their turn', () => {
    const { link } = told([
      ...first,
      ...[1, 2, 3].map((failures): Told => [serverDown({ failures }), 'memory']),
    ]);
    expect(link).toMatchObject({ server: 'crashing', ready: false });
    expect(hasFailed(link)).toBe(true);
  });

  it('keeps why a server was left out, without a next start that nobody knows', () => {
    const { link, health } = told([
      ...first,
      [serverDown({ failures: 1, nextStartMs: Number.POSITIVE_INFINITY }), 'files'],
      [{ type: 'turn-skipped' }, 'files'],
    ]);
    expect(hasFailed(link)).toBe(false);
    expect(states(link)).toEqual({ memory: 'ready', files: 'between-turns' });
    expect(health.members![1]!.why).toMatch(/ended with exit code 1/);
    expect(health.members![1]!.why).not.toMatch(/Next start|Infinity/);
  });

  it('counts a server as ready that refused our greeting, but not the endpoint’s', () => {
    const refused: Told[] = first.map((one) =>
      one[0] === ready ? [everyEvent['server-refused'], 'memory'] : one,
    );
    expect(told(refused.slice(0, -1)).link.server).toBe('refusing');
    expect(told([...refused, [serverMove('ready'), 'memory']]).link).toMatchObject({
      server: 'ready',
      ready: true,
    });
  });
});

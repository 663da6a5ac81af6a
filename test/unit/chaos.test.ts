import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type FaultPlanOptions, planFaults } from '../../src/daemon/chaos/fault-plan.js';
import { Faults } from '../../src/daemon/chaos/faults.js';
import { Ledger } from '../../src/daemon/chaos/ledger.js';
import type { Status, StatusEvent } from '../../src/protocol/status.js';
import { ManualClock } from '../helpers/manual-clock.js';

const options: FaultPlanOptions = {
  ...{ seed: 1, runMs: 60_000, canFreeze: true },
  ...{ servers: ['echo', 'calculator', 'rotate'], links: ['pipe', 'mux', 'rotate'] },
};

describe('the plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults(options)).toEqual(planFaults(options));
    expect(planFaults({ ...options, seed: 2 })).not.toEqual(planFaults(options));
  });

  it.each([1, 2, 3, 4, 5])(
    'has every kind, in order, within its time, never two of one target at once: seed %i',
    (seed) => {
      const faults = planFaults({ ...options, seed });
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
      expect(faults.length).toBeGreaterThan(30);
      expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
      for (const { atMs, lastsMs } of faults) expect(atMs + lastsMs).toBeLessThanOrEqual(options.runMs);
      for (const [i, { atMs, target }] of faults.entries()) {
        const before = faults.slice(0, i).filter((one) => one.target === target);
        expect(before.every((one) => one.atMs + one.lastsMs <= atMs)).toBe(true);
      }
    },
  );

  it('leaves out freezes alone where processes cannot be frozen', () => {
    const without = planFaults({ ...options, canFreeze: false });
    expect(without).toEqual(planFaults(options).filter(({ kind }) => kind !== 'freeze'));
  });

  it('begins alike, however long it is', () => {
    const short = planFaults({ ...options, runMs: 10_000 }).map(({ atMs, kind, target }) => [
      atMs,
      kind,
      target,
    ]);
    const long = planFaults(options).map(({ atMs, kind, target }) => [atMs, kind, target]);
    expect(long.slice(0, short.length)).toEqual(short);
  });
});

describe('the ledger', () => {
  const ledgerAt = () => {
    const time = { now: 0 };
    return { time, ledger: new Ledger(['pipe', 'mux'], () => time.now) };
  };

  it('counts each outcome once', () => {
    const { ledger } = ledgerAt();
    const calls = [1, 2, 3, 4, 5, 6].map((n) => ledger.sent('pipe', 'echo', `answer ${n}`));
    ledger.answered(calls[0]!, 'answer 1');
    ledger.answered(calls[1]!, 'answer 1');
    ledger.failed(calls[2]!, -31001, true);
    ledger.failed(calls[3]!, -99, false);
    ledger.lost(calls[4]!);
    expect(ledger.tallies.get('pipe')).toEqual({
      ...{ sent: 6, answered: 1, errored: 1, lost: 1, wrong: 2, duplicated: 0, open: 1 },
    });
    expect(ledger.errors).toEqual([
      { code: -31001, times: 1 },
      { code: -99, times: 1 },
    ]);
  });

  it('finds an answer that is carried a second time, on whichever link', () => {
    const { ledger } = ledgerAt();
    const call = ledger.sent('pipe', 'echo', 'a');
    for (const said of ['a', 'other', 'a']) ledger.carried(said);
    ledger.answered(call, 'a');
    expect(ledger.tallies.get('pipe')).toMatchObject({ answered: 1, duplicated: 1 });
  });

  it('takes a fault for overcome when a call that was sent after it is answered right, by the server that was hit', () => {
    const { ledger, time } = ledgerAt();
    const before = ledger.sent('mux', 'echo', 'before');
    time.now = 100;
    ledger.faultBegan('kill', 'mux', 'echo');
    time.now = 200;
    ledger.answered(before, 'before');
    ledger.answered(ledger.sent('mux', 'calculator', 'other server'), 'other server');
    ledger.answered(ledger.sent('pipe', 'echo', 'other link'), 'other link');
    expect(ledger.hasRecovered).toBe(false);
    expect(ledger.recoveries).toEqual([
      { kind: 'kill', link: 'mux', times: 1, slowestMs: undefined, never: 1 },
    ]);
    const after = ledger.sent('mux', 'echo', 'after');
    time.now = 350;
    ledger.answered(after, 'after');
    expect(ledger.hasRecovered).toBe(true);
    expect(ledger.recoveries).toEqual([{ kind: 'kill', link: 'mux', times: 1, slowestMs: 250, never: 0 }]);
  });
});

describe('the faults', () => {
  const world = () => {
    const clock = new ManualClock();
    const done: string[] = [];
    const note = (what: string) => (token?: string) => done.push(`${what} ${token}`) && 1;
    const faults = new Faults({
      clock,
      endpoint: {
        set: ({ refuse }, token) => void done.push(`${refuse ? 'refuses' : 'accepts'} ${token}`),
        closeServers: (token, code) => done.push(`closes ${token} with ${code}`) && 1,
        dropServers: note('drops'),
        pauseServers: note('pauses'),
        resumeServers: note('resumes'),
      },
      serversOf: (target) => (target === 'rotate' ? ['a', 'b'] : [target]),
      kill: (pid, signal) => void done.push(`${signal} ${pid}`),
    });
    const tell = (server: string, event: StatusEvent) =>
      faults.onStatus({ at: 0, link: 'mux', server, ...event } as Status);
    const ready = (server: string, pid: number) =>
      tell(server, { type: 'server-ready', pid, tookMs: 1, name: server, again: false });
    return { clock, done, faults, tell, ready };
  };

  it('signal only processes that are reported as running', () => {
    const { done, faults, tell, ready } = world();
    const kill = { atMs: 0, kind: 'kill', target: 'echo', lastsMs: 0 } as const;
    expect(faults.begin(kill)).toMatchObject({ wasDone: false, pid: undefined });
    ready('echo', 11);
    ready('other', 12);
    expect(faults.begin(kill)).toMatchObject({ wasDone: true, pid: 11, server: 'echo' });
    tell('echo', { type: 'server-state', from: 'ready', to: 'waiting' });
    expect(faults.begin(kill)).toMatchObject({ wasDone: false });
    expect(done).toEqual(['SIGKILL 11']);
  });

  it('hit the server that is ready last, of those that take turns', () => {
    const { faults, ready } = world();
    ready('b', 2);
    ready('a', 1);
    expect(faults.begin({ atMs: 0, kind: 'kill', target: 'rotate', lastsMs: 0 })).toMatchObject({
      server: 'a',
    });
  });

  it('thaw a frozen process, but not the one that has taken its place', async () => {
    const { clock, done, faults, ready } = world();
    ready('echo', 11);
    ready('calculator', 21);
    faults.begin({ atMs: 0, kind: 'freeze', target: 'echo', lastsMs: 100 });
    faults.begin({ atMs: 0, kind: 'freeze', target: 'calculator', lastsMs: 100 });
    ready('calculator', 22);
    await clock.advance(100);
    expect(done).toEqual(['SIGSTOP 11', 'SIGSTOP 21', 'SIGCONT 11']);
  });

  it('end, each in its way, by themselves or all at once, and never twice', async () => {
    const { clock, done, faults, ready } = world();
    ready('echo', 11);
    faults.begin({ atMs: 0, kind: 'deaf', target: 'pipe', lastsMs: 50 });
    faults.begin({ atMs: 0, kind: 'limit', target: 'mux', lastsMs: 500 });
    faults.begin({ atMs: 0, kind: 'freeze', target: 'echo', lastsMs: 500 });
    faults.begin({ atMs: 0, kind: 'drop', target: 'rotate', lastsMs: 0 });
    await clock.advance(60);
    faults.end();
    faults.end();
    await clock.advance(1_000);
    expect(done).toEqual([
      ...['pauses pipe', 'refuses mux', 'closes mux with 4004', 'SIGSTOP 11', 'drops rotate'],
      ...['resumes pipe', 'accepts mux', 'SIGCONT 11'],
    ]);
  });
});

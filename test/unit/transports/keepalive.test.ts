import { describe, expect, it } from 'vitest';
import { Keepalive } from '../../../src/transports/keepalive.js';
import { ManualClock } from '../../helpers/manual-clock.js';

function keepalive(keepaliveIntervalMs: number, keepaliveTimeoutMs: number) {
  const clock = new ManualClock();
  const pings: number[] = [];
  const lost: number[] = [];
  const state = { isPaused: false, unsentBytes: 0 };
  const socket = {
    isPaused: () => state.isPaused,
    unsentBytes: () => state.unsentBytes,
    ping: () => void pings.push(clock.now()),
  };
  const subject = new Keepalive(socket, {
    ...{ keepaliveIntervalMs, keepaliveTimeoutMs, clock },
    onLost: () => void lost.push(clock.now()),
  });
  subject.start();
  return { clock, pings, lost, state, subject };
}

describe('Keepalive', () => {
  it('pings once per interval as long as something answers', async () => {
    const { clock, pings, lost, subject } = keepalive(100, 50);
    for (let i = 0; i < 350; i += 10) {
      await clock.advance(10);
      subject.heard();
    }
    expect(pings).toEqual([100, 200, 300]);
    expect(lost).toEqual([]);
  });

  it('gives the socket up when nothing comes within the timeout after a ping', async () => {
    const { clock, pings, lost, subject } = keepalive(100, 50);
    await clock.advance(99);
    subject.heard();
    await clock.advance(50);
    expect(lost).toEqual([]);
    await clock.advance(1);
    expect(lost).toEqual([150]);
    await clock.advance(1_000);
    expect(lost).toHaveLength(1);
    expect(pings).toEqual([100]);
  });

  it('takes anything for a sign of life, not only pongs, however late in the timeout', async () => {
    const { clock, pings, lost, subject } = keepalive(100, 50);
    await clock.advance(149);
    subject.heard();
    await clock.advance(60);
    expect(lost).toEqual([]);
    expect(pings).toEqual([100, 200]);
  });

  it('waits while the ping stands in line behind what is being sent, and no longer', async () => {
    const { clock, lost, state } = keepalive(100, 50);
    state.unsentBytes = 1_000;
    await clock.advance(140);
    state.unsentBytes = 700;
    await clock.advance(100);
    state.unsentBytes = 0;
    await clock.advance(100);
    expect(lost).toEqual([]);
    await clock.advance(100);
    expect(lost).toEqual([350]);
  });

  it('takes a queue that stands still for what it is', async () => {
    const { clock, lost, state } = keepalive(100, 50);
    state.unsentBytes = 1_000;
    await clock.advance(150);
    expect(lost).toEqual([150]);
  });

  it('gives no verdict about a time in which we did not read', async () => {
    const { clock, lost, state, subject } = keepalive(100, 50);
    await clock.advance(120);
    state.isPaused = true;
    subject.paused();
    await clock.advance(500);
    expect(lost).toEqual([]);
    state.isPaused = false;
    // The ping sent while paused proves nothing; the next one does.
    await clock.advance(200);
    expect(lost).toHaveLength(1);
  });

  it('counts what arrived during a stall, although timers run first', async () => {
    const { clock, lost, subject } = keepalive(100, 50);
    await clock.advance(100);
    // The timeout is due, and the pong is read in the turn of the event loop that follows.
    clock.after(50, () => subject.heard());
    await clock.advance(50);
    expect(lost).toEqual([]);
  });

  it('works with a timeout longer than the interval', async () => {
    const { clock, pings, lost, subject } = keepalive(50, 200);
    await clock.advance(60);
    subject.heard();
    await clock.advance(190);
    expect(pings).toEqual([50, 100]);
    expect(lost).toEqual([]);
    await clock.advance(50);
    expect(pings).toEqual([50, 100]);
    expect(lost).toEqual([300]);
  });

  it('is silent once stopped', async () => {
    const { clock, pings, lost, subject } = keepalive(100, 50);
    await clock.advance(110);
    subject.stop();
    await clock.advance(1_000);
    expect([pings, lost]).toEqual([[100], []]);
    expect(clock.pending).toBe(0);
  });
});

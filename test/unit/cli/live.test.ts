import { describe, expect, it } from 'vitest';
import { LiveBlock } from '../../../src/cli/live.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { Screen } from '../../helpers/screen.js';

function block() {
  const clock = new ManualClock();
  const screen = new Screen();
  const state = {
    lines: ['one', 'two'],
    nextMs: undefined as number | undefined,
    idle: true,
    background: false,
    isWhole: false,
  };
  const write = (text: string) => screen.write(text);
  const out = {
    write,
    writeNow: write,
    get idle() {
      return state.idle;
    },
  };
  const size = { columns: 80, rows: 24 };
  const live = new LiveBlock({ out, size: () => size, clock, inBackground: () => state.background });
  return { clock, screen, state, size, live, start: () => live.start(() => state) };
}

describe('the live block', () => {
  it('stays below the log, and is gone after its end', async () => {
    const { clock, screen, state, live, start } = block();
    live.write('before\n');
    start();
    await clock.advance(0);
    expect(screen.lines).toEqual(['before', 'one', 'two']);
    live.write('during\n');
    await clock.advance(100);
    state.lines = ['three'];
    live.changed();
    await clock.advance(100);
    expect(screen.lines).toEqual(['before', 'during', 'three']);
    live.write('last\n');
    live.stop();
    live.write('after\n');
    await clock.advance(10_000);
    expect(screen.lines).toEqual(['before', 'during', 'last', 'after']);
    expect(screen.cursorHidden).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('is drawn ten times a second at most, and only when it reads differently', async () => {
    const { clock, screen, state, live, start } = block();
    start();
    for (let i = 0; i < 1_000; i++) {
      state.lines = [`line ${i}`];
      live.changed();
      live.write(`log ${i}\n`);
      await clock.advance(1);
    }
    expect(screen.frames).toBeLessThanOrEqual(11);
    await clock.advance(100);
    expect(screen.lines).toHaveLength(1_001);
    expect(screen.lines.slice(-2)).toEqual(['log 999', 'line 999']);
    const { frames } = screen;
    for (let i = 0; i < 10; i++) {
      live.changed();
      await clock.advance(200);
    }
    expect(screen.frames).toBe(frames);
    live.stop();
  });

  it('is drawn again by itself when its lines run with the time', async () => {
    const { clock, screen, state, start, live } = block();
    state.nextMs = 1_000;
    start();
    await clock.advance(0);
    state.lines = ['one', 'two, 1 s'];
    await clock.advance(999);
    expect(screen.lines.at(-1)).toBe('two');
    await clock.advance(1);
    expect(screen.lines.at(-1)).toBe('two, 1 s');
    live.stop();
  });

  it('lets the log go on while the terminal takes nothing, and comes back afterwards', async () => {
    const { clock, screen, state, start, live } = block();
    start();
    await clock.advance(0);
    state.idle = false;
    live.write('log\n');
    await clock.advance(1_000);
    expect(screen.lines).toEqual(['log']);
    state.idle = true;
    await clock.advance(100);
    expect(screen.lines).toEqual(['log', 'one', 'two']);
    live.stop();
  });

  it('leaves the terminal alone while another job has it', async () => {
    const { clock, screen, state, start, live } = block();
    state.background = true;
    start();
    live.write('log\n');
    await clock.advance(5_000);
    expect(screen.lines).toEqual(['log']);
    state.background = false;
    await clock.advance(1_000);
    expect(screen.lines).toEqual(['log', 'one', 'two']);
    live.stop();
  });

  it('erases nothing that came while it was stopped', async () => {
    const { clock, screen, start, live } = block();
    start();
    await clock.advance(0);
    screen.write('[1]+ Stopped\n');
    live.resumed();
    await clock.advance(100);
    expect(screen.lines).toEqual(['one', 'two', '[1]+ Stopped', 'one', 'two']);
    live.stop();
  });

  it('erases the rows into which a narrower terminal has wrapped it', async () => {
    const { clock, screen, state, size, start, live } = block();
    live.write('log\n');
    state.lines = ['12345678', 'ab'];
    start();
    await clock.advance(100);
    // What such a terminal makes of it.
    screen.write('\r\u001b[2A\u001b[J12345\r\n678\r\nab\r\n');
    size.columns = 5;
    state.lines = ['1234', 'ab'];
    live.changed();
    await clock.advance(100);
    expect(screen.lines).toEqual(['log', '1234', 'ab']);
    live.stop();
  });

  it('writes what it holds, and goes, in the last moment of the process', async () => {
    const { clock, screen, start, live } = block();
    start();
    await clock.advance(0);
    live.write('last words\n');
    live.stopNow();
    live.stopNow();
    expect(screen.lines).toEqual(['last words']);
    expect(clock.pending).toBe(0);
  });

  it('shows what is to be alone on a second screen, and the log that came meanwhile afterwards', async () => {
    const { clock, screen, state, live, start } = block();
    live.write('before\n');
    start();
    await clock.advance(100);
    Object.assign(state, { lines: ['whole', 'of it'], isWhole: true });
    live.changed();
    await clock.advance(100);
    expect(screen.lines).toEqual(['whole', 'of it']);
    live.write('during\n');
    state.lines = ['other'];
    await clock.advance(100);
    expect(screen.lines).toEqual(['other']);
    expect(screen.isSecond).toBe(true);
    Object.assign(state, { lines: ['one'], isWhole: false });
    live.changed();
    await clock.advance(100);
    expect(screen.isSecond).toBe(false);
    expect(screen.lines).toEqual(['before', 'during', 'one']);
    live.stop();
    expect(screen.unknown).toEqual([]);
  });

  it.each(['stop', 'stopNow', 'suspend', 'resumed'] as const)(
    'is back on the first screen, with nothing lost, after %s',
    async (how) => {
      const { clock, screen, state, live, start } = block();
      Object.assign(state, { isWhole: true });
      live.write('before\n');
      start();
      await clock.advance(100);
      live.write('during\n');
      expect(screen.isSecond).toBe(true);
      live[how]();
      expect(screen.isSecond).toBe(false);
      expect(screen.lines).toEqual(['before', 'during']);
      live.stop();
    },
  );

  it('writes a long log at once, also while the second screen is shown', async () => {
    const { clock, screen, state, live, start } = block();
    Object.assign(state, { isWhole: true });
    start();
    await clock.advance(100);
    const lines = Array.from({ length: 2_000 }, (_, i) => `a line of the log, which is number ${i}`);
    for (const line of lines) live.write(`${line}\n`);
    await clock.advance(100);
    expect(screen.isSecond).toBe(true);
    live.stop();
    expect(screen.lines).toEqual(lines);
  });
});

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Inflow } from '../../../../src/transports/remote/inflow.js';
import { readJson } from '../../../../src/transports/remote/read-answer.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const MIB = 1024 * 1024;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('several large answers at once', () => {
  it('do not wait for one that comes no further', async () => {
    const clock = new ManualClock();
    const sizes = { maxQueuedBytes: 100 * MIB, maxFrameBytes: 4 * MIB };
    const inflow = new Inflow(sizes, clock);
    const lengths: number[] = [];
    const sink = {
      onFrame: (frame: Buffer) => lengths.push(frame.length),
      onOversize: () => lengths.push(-1),
    };
    const [stalled, other] = [0, 1].map(() => new PassThrough({ highWaterMark: 64 * MIB })) as [
      PassThrough,
      PassThrough,
    ];
    const ends = [stalled, other].map((body) => readJson(body, { inflow, ...sizes }, sink));
    for (const body of [stalled, other]) body.write(`"${'x'.repeat(2.5 * MIB)}`);
    await clock.advance(0);
    expect([stalled.isPaused(), other.isPaused()]).toEqual([false, true]);
    other.end('y"');
    await clock.advance(10_000);
    expect(lengths).toEqual([2.5 * MIB + 3]);
    stalled.end('"');
    await Promise.all(ends);
    expect(lengths).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('are read in turn once they hold more than the longest message, and none is lost', async () => {
    const sizes = { maxQueuedBytes: 100 * MIB, maxFrameBytes: 4 * MIB };
    const inflow = new Inflow(sizes);
    const lengths: number[] = [];
    const sink = {
      onFrame: (frame: Buffer) => lengths.push(frame.length),
      onOversize: () => lengths.push(-1),
    };
    const bodies = Array.from({ length: 4 }, () => new PassThrough({ highWaterMark: 64 * MIB }));
    const ends = bodies.map((body) => readJson(body, { inflow, ...sizes }, sink));
    const small = new PassThrough();
    ends.push(readJson(small, { inflow, ...sizes }, sink));
    for (const body of bodies) body.write(`"${'x'.repeat(1.5 * MIB)}`);
    await turn();
    await turn();
    expect(bodies.map((body) => body.isPaused())).toEqual([false, true, true, true]);
    for (const body of bodies) body.end('y"');
    small.end('"z"');
    await Promise.all(ends);
    expect(lengths.sort((a, b) => a - b)).toEqual([3, ...Array(4).fill(1.5 * MIB + 3)]);
  });

  it('go on when the one that is read is cut', async () => {
    const sizes = { maxQueuedBytes: 100 * MIB, maxFrameBytes: 2 * MIB };
    const inflow = new Inflow(sizes);
    const sink = { onFrame: () => {}, onOversize: () => {} };
    const bodies = Array.from({ length: 2 }, () => new PassThrough({ highWaterMark: 64 * MIB }));
    const ends = bodies.map((body) => readJson(body, { inflow, ...sizes }, sink));
    for (const body of bodies) body.write(`"${'x'.repeat(1.5 * MIB)}`);
    await turn();
    await turn();
    expect(bodies.map((body) => body.isPaused())).toEqual([false, true]);
    bodies[0]?.destroy(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
    bodies[1]?.end('"');
    expect(await Promise.all(ends)).toEqual([{ cut: 'ECONNRESET' }, {}]);
  });
});

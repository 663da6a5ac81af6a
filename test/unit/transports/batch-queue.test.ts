import { describe, expect, it } from 'vitest';
import { BatchQueue } from '../../../src/transports/batch-queue.js';

function queue(maxQueuedBytes = 1_000) {
  const calls: string[] = [];
  const subject = new BatchQueue({
    maxQueuedBytes,
    onFull: () => void calls.push('full'),
    onRoom: () => void calls.push('room'),
  });
  const push = (...texts: string[]) => {
    for (const text of texts) subject.push(Buffer.from(text));
  };
  const next = async () => (await subject.next()).value?.map(String);
  return { subject, push, next, calls };
}

describe('BatchQueue', () => {
  it('gives a waiting reader everything that is pushed in the same turn', async () => {
    const { push, next } = queue();
    const batch = next();
    push('a', 'b');
    push('c');
    expect(await batch).toEqual(['a', 'b', 'c']);
  });

  it('gives a late reader one batch', async () => {
    const { push, next } = queue();
    push('a');
    await Promise.resolve();
    push('b');
    expect(await next()).toEqual(['a', 'b']);
  });

  it('is full above its bound, says so once, and has room again when it was read', async () => {
    const { subject, push, next, calls } = queue(1_000);
    push('x'.repeat(700));
    expect(calls).toEqual([]);
    push('x'.repeat(100), 'x');
    expect(calls).toEqual(['full']);
    expect(subject.isFull).toBe(true);
    await next();
    expect(calls).toEqual(['full', 'room']);
    expect(subject.isFull).toBe(false);
  });

  it('counts empty frames, too', () => {
    const { push, calls } = queue(1_000);
    push(...Array.from({ length: 100 }, () => ''));
    expect(calls).toEqual(['full']);
  });

  it('ends after what was pushed before the end, and takes nothing after it', async () => {
    const { subject, push, next } = queue();
    push('last');
    subject.end();
    push('too late');
    expect(await next()).toEqual(['last']);
    expect(await next()).toBeUndefined();
    expect(await next()).toBeUndefined();
  });

  it('drops everything once its reader has left, without holding the source up', async () => {
    const { subject, push, calls } = queue(10);
    push('x'.repeat(20));
    for await (const _ of subject) break;
    push('x'.repeat(20), 'y');
    expect(calls).toEqual(['full', 'room']);
    expect(await subject.next()).toEqual({ done: true, value: undefined });
  });

  it('is called with each batch, no more while one is being handled, and is let go of after it', async () => {
    const { subject, push, next } = queue();
    const heard: string[] = [];
    let done = () => {};
    const drained = subject.drain((batch) => {
      heard.push(batch.map(String).join(''));
      if (heard.length === 1) return undefined;
      return new Promise((resolve) => {
        done = resolve;
      });
    });
    for (const text of ['ab', 'cd', 'e']) {
      push(...text);
      await Promise.resolve();
    }
    expect(heard).toEqual(['ab', 'cd']);
    subject.release();
    done();
    expect(await drained).toBe('released');
    expect(await next()).toEqual(['e']);
    const rest = subject.drain(() => undefined);
    subject.release();
    push('f');
    expect(await rest).toBe('released');
    expect(await next()).toEqual(['f']);
    const last = subject.drain((batch) => void heard.push(batch.map(String).join('')));
    push('g');
    subject.end();
    expect(await last).toBe('ended');
    expect(heard).toEqual(['ab', 'cd', 'g']);
  });
});

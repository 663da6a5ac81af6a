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
});

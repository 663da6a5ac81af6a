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

  it('hands on what was added before it returns, and nothing while a batch is being handled', async () => {
    const { subject } = queue();
    const heard: string[] = [];
    let done = () => {};
    void subject.drain((batch) => {
      heard.push(batch.map(String).join(''));
      if (heard.length === 1) return undefined;
      return new Promise((resolve) => {
        done = resolve;
      });
    });
    const read = (...texts: string[]) => {
      for (const text of texts) subject.add(Buffer.from(text));
      subject.handOn();
    };
    read('a', 'b');
    expect(heard).toEqual(['ab']);
    read('c');
    read('d', 'e');
    expect(heard).toEqual(['ab', 'c']);
    done();
    await new Promise(setImmediate);
    expect(heard).toEqual(['ab', 'c', 'de']);
  });

  it('gathers what comes in one turn of the event loop, but not beyond what is handed on at once', async () => {
    const subject = new BatchQueue({ maxQueuedBytes: 10_000, onFull() {}, onRoom() {}, gathers: true });
    const heard: string[] = [];
    const push = (text: string) => subject.push(Buffer.from(text));
    let wait: Promise<void> | undefined;
    void subject.drain((batch) => {
      heard.push(batch.map(String).join(''));
      return wait;
    });
    push('a');
    await Promise.resolve();
    push('b');
    subject.handOn(3);
    expect(heard).toEqual([]);
    await new Promise(setImmediate);
    expect(heard).toEqual(['ab']);
    // What was to wake the consumer later does not call it while it handles what was handed on.
    let done = () => {};
    wait = new Promise((resolve) => {
      done = resolve;
    });
    for (const text of 'cde') push(text);
    subject.handOn(3);
    push('f');
    await new Promise(setImmediate);
    expect(heard).toEqual(['ab', 'cde']);
    done();
    await new Promise(setImmediate);
    expect(heard).toEqual(['ab', 'cde', 'f']);
  });

  it('wakes a reader that waits for what was added', async () => {
    const { subject, next } = queue();
    const batch = next();
    subject.add(Buffer.from('a'));
    subject.handOn();
    expect(await batch).toEqual(['a']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no memory');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no memory'))],
  ])('says so when its consumer %s, and lets the source go on to its end', async (_, handle) => {
    const { subject, push } = queue();
    const drained = subject.drain(handle);
    push('a');
    await expect(drained).rejects.toThrow('no memory');
    push('b');
    expect(await subject.next()).toEqual({ done: true, value: undefined });
  });
});

import { expect, it } from 'vitest';
import { EventStream } from '../../src/transports/remote/event-stream.js';
import { eightfold } from '../helpers/linear.js';

it('reads events in time linear in the number of lines', () => {
  const MIB = 1024 * 1024;
  const inChunks = (bytes: Buffer) => () => {
    const stream = new EventStream(64 * MIB, { onData: () => {}, onOversize: () => {} });
    for (let at = 0; at < bytes.length; at += 16_384) stream.push(bytes.subarray(at, at + 16_384));
  };
  // 8 when it is linear, 64 when it is quadratic.
  expect(eightfold(MIB / 16, (n) => inChunks(Buffer.from('\r'.repeat(n))))).toBeLessThan(30);
  expect(eightfold(MIB / 128, (n) => inChunks(Buffer.from(`${'data: x\n'.repeat(n)}\n`)))).toBeLessThan(30);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawId, readEnvelope } from '../../../src/protocol/envelope.js';
import { type OversizeMessage, OversizeReader } from '../../../src/protocol/oversize.js';
import { runs } from '../../helpers/runs.js';
import { anyJson } from './json-text.js';

function read(bytes: Buffer, chunkBytes = bytes.length): OversizeMessage {
  const reader = new OversizeReader();
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(bytes.subarray(at, at + chunkBytes));
  return reader.end();
}

describe('OversizeReader', () => {
  test('sees in chunks what the envelope reader sees in the whole', () => {
    fc.assert(
      fc.property(anyJson, fc.integer({ min: 1, max: 20 }), (text, chunkBytes) => {
        const frame = Buffer.from(text);
        const envelope = readEnvelope(frame);
        const message = read(frame, chunkBytes);
        expect(message.bytes).toBe(frame.length);
        expect(message.head).toEqual(frame.subarray(0, 1024));
        // Of a batch, which belongs to many, nothing is told.
        expect(message.kind).toBe(envelope.kind === 'batch' ? 'other' : envelope.kind);
        if (envelope.kind === 'batch') return;
        expect(message.method).toBe(envelope.method);
        expect(message.rawId).toBe(envelope.idStart < 0 ? undefined : String(rawId(frame, envelope)));
      }),
      { seed: 20_251_125, numRuns: runs(1_000) },
    );
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (bytes, chunkBytes) => {
        expect(read(Buffer.from(bytes), chunkBytes).bytes).toBe(bytes.length);
      }),
      { seed: 20_241_105, numRuns: runs(1_000) },
    );
  });

  test('finds an id behind megabytes of escapes', () => {
    const payload = '\\n\\"'.repeat(2_000_000);
    const message = read(Buffer.from(`{"result":"${payload}","jsonrpc":"2.0","id":"the \\u0069d"}`), 65_536);
    expect(message).toMatchObject({ kind: 'response', rawId: '"the \\u0069d"' });
  });
});

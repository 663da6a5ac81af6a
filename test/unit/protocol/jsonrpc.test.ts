import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawId, readEnvelope } from '../../../src/protocol/envelope.js';
import type { Frame } from '../../../src/protocol/frame.js';
import {
  ErrorCode,
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
} from '../../../src/protocol/jsonrpc.js';
import { runs } from '../../helpers/runs.js';
import { spelledId } from './json-text.js';

const fixed = { seed: 20_241_105, numRuns: runs(300) };
const parsed = (frame: Frame): Record<string, unknown> => JSON.parse(frame.toString('utf8'));
/** What is left of a value on its way through JSON, -0 for instance. */
const carried = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('every message says its version and carries the id as it was spelled', () => {
  fc.assert(
    fc.property(spelledId, fc.string({ unit: 'binary' }), fc.jsonValue(), (id, text, value) => {
      const messages = [
        { frame: encodeError(id, -31001, text, { value }), kind: 'response', id },
        { frame: encodeResult(id, value), kind: 'response', id },
        { frame: encodeRequest(id, text, value), kind: 'request', id },
        { frame: encodeNotification(text, value), kind: 'notification', id: undefined },
      ];
      for (const { frame, kind, id } of messages) {
        const envelope = readEnvelope(frame);
        expect(envelope).toMatchObject({ kind, versioned: true });
        expect(envelope.idStart < 0 ? undefined : String(rawId(frame, envelope))).toBe(id);
      }
      expect(parsed(messages[0]!.frame).error).toEqual({
        code: -31001,
        message: carried(text),
        data: { value: carried(value) },
      });
      expect(parsed(messages[1]!.frame).result).toEqual(carried(value));
      expect(parsed(messages[2]!.frame)).toMatchObject({ method: carried(text), params: carried(value) });
      expect(parsed(messages[3]!.frame)).toEqual({
        jsonrpc: '2.0',
        method: carried(text),
        params: carried(value),
      });
    }),
    fixed,
  );
});

test('members without a value are left out', () => {
  expect(String(encodeRequest('0', 'ping'))).toBe('{"jsonrpc":"2.0","id":0,"method":"ping"}');
  expect(String(encodeNotification('x'))).toBe('{"jsonrpc":"2.0","method":"x"}');
  expect(String(encodeError('"a"', -31002, 'down'))).toBe(
    '{"jsonrpc":"2.0","id":"a","error":{"code":-31002,"message":"down"}}',
  );
});

test('the error codes are distinct and lie outside the range that JSON-RPC reserves', () => {
  const codes = Object.values(ErrorCode);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code < -32768 || code > -32000, String(code)).toBe(true);
});

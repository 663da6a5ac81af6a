import { describe, expect, test } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import type { Frame } from '../../../src/protocol/frame.js';
import {
  CLOUD_INITIALIZE,
  calledName,
  cancelledWith,
  initializeParams,
  isModernRequest,
  paramAsJson,
  progressTokenAsked,
  sameHandshake,
} from '../../../src/protocol/mcp.js';

const frame = (value: unknown): Frame =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const isModern = (value: unknown): boolean => isModernRequest(frame(value), readEnvelope(frame(value)));

/** No JSON, although it has the look of it. */
const HIDDEN_CONTROL = `"${'a'.repeat(70)}\u0001"`;

describe('initializeParams', () => {
  test('reads what a handshake depends on', () => {
    const params = { ...CLOUD_INITIALIZE, _meta: { x: 1 } };
    expect(initializeParams(frame({ id: 0, method: 'initialize', params }))).toEqual(CLOUD_INITIALIZE);
  });

  test.each([
    ['no params', '{"method":"initialize"}'],
    ['null', '{"params":null}'],
    ['an array', '{"params":[1]}'],
    ['members of other types', '{"params":{"protocolVersion":1,"capabilities":[],"clientInfo":"x"}}'],
    ['a control character deep inside', `{"params":{"protocolVersion":${HIDDEN_CONTROL}}}`],
  ])('takes %s for nothing', (_, text) => {
    expect(initializeParams(frame(text))).toEqual({ protocolVersion: '', capabilities: {} });
  });
});

describe('sameHandshake', () => {
  const params = {
    protocolVersion: '2025-06-18',
    capabilities: { roots: { listChanged: true }, sampling: {} },
  };

  test('does not care who asks, nor in which order', () => {
    const other = {
      capabilities: { sampling: {}, roots: { listChanged: true } },
      protocolVersion: '2025-06-18',
    };
    expect(sameHandshake(params, { ...other, clientInfo: { name: 'b' } })).toBe(true);
  });

  test.each([
    ['another version', { ...params, protocolVersion: '2025-11-25' }],
    ['a capability less', { ...params, capabilities: { sampling: {} } }],
    ['a detail of a capability', { ...params, capabilities: { roots: {}, sampling: {} } }],
  ])('notices %s', (_, other) => {
    expect(sameHandshake(params, other)).toBe(false);
  });
});

describe('isModernRequest', () => {
  const mark = 'io.modelcontextprotocol/protocolVersion';

  test.each([
    ['names its version', { id: 1, method: 'tools/list', params: { _meta: { [mark]: '2026-07-28' } } }],
    ['discovers', { id: 1, method: 'server/discover' }],
    ['listens', { id: 1, method: 'subscriptions/listen', params: {} }],
  ])('a request that %s is modern', (_, message) => {
    expect(isModern(message)).toBe(true);
  });

  test.each([
    ['an ordinary request', { id: 1, method: 'tools/list', params: { _meta: { progressToken: 1 } } }],
    [
      'the mark as an argument',
      { id: 1, method: 'tools/call', params: { arguments: { [mark]: '2026-07-28' } } },
    ],
    ['a mark that is no string', { id: 1, method: 'tools/list', params: { _meta: { [mark]: 1 } } }],
    ['params that are null', `{"id":1,"method":"m","params":null,"x":"${mark}"}`],
    ['_meta that is null', `{"id":1,"method":"m","params":{"_meta":null},"x":"${mark}"}`],
    ['a hidden control character', `{"id":1,"method":"m","params":{"${mark}":${HIDDEN_CONTROL}}}`],
  ])('%s is not', (_, message) => {
    expect(isModern(message)).toBe(false);
  });
});

describe('progressTokenAsked', () => {
  test.each([
    [{ params: { _meta: { progressToken: 'a' } } }, '"a"'],
    [{ params: { _meta: { progressToken: 0 } } }, '0'],
    [{ params: { _meta: { progressToken: '' } } }, '""'],
    [{ params: { progressToken: 1 } }, undefined],
    [{ params: { _meta: {} } }, undefined],
    [{ params: null, x: { progressToken: 1 } }, undefined],
    [`{"params":{"_meta":{"progressToken":${HIDDEN_CONTROL}}}}`, undefined],
  ])('%j asks for %s', (message, token) => {
    expect(progressTokenAsked(frame(message), readEnvelope(frame(message)))).toBe(token);
  });
});

describe('cancelled and progress', () => {
  test.each([
    [{ params: { requestId: 0 } }, '0'],
    [{ params: { requestId: '0' } }, '"0"'],
    [{ params: {} }, undefined],
    [{ params: [1] }, undefined],
    [{}, undefined],
    [`{"params":{"requestId":0,"reason":${HIDDEN_CONTROL}}}`, undefined],
  ])('%j names request %s', (message, id) => {
    expect(paramAsJson(frame(message), 'requestId')).toBe(id);
  });

  test('another requestId leaves everything else as it was', () => {
    const message = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 3, reason: 'đủ rồi' },
    };
    expect(JSON.parse(String(cancelledWith(frame(message), '"alias-1"')))).toEqual({
      ...message,
      params: { ...message.params, requestId: 'alias-1' },
    });
  });
});

test.each<[string, string, string | undefined]>([
  ['tools/call', '{"name":"echo","arguments":{"name":"other"}}', 'echo'],
  ['tools/call', '{"name":"echo2","arguments":{}}', 'echo2'],
  ['tools/call', '{"arguments":{"name":"other"},"name":"tính tổng"}', 'tính tổng'],
  ['tools/call', '{"name":"tính tổng"}', 'tính tổng'],
  ['tools/call', '{ "name" : "spaced" }', 'spaced'],
  ['tools/call', '{"name":"with \\"quotes\\" \\u0041"}', 'with "quotes" A'],
  ['tools/call', `{"name":"${'x'.repeat(1_000)}"}`, 'x'.repeat(128)],
  ['tools/call', '{"name":""}', ''],
  ['tools/call', '{"name":7}', undefined],
  ['tools/call', '[]', undefined],
  ['prompts/get', '{"name":"greet"}', 'greet'],
  ['resources/read', '{"uri":"file:///a","name":"no"}', 'file:///a'],
  ['tools/list', '{"name":"echo"}', undefined],
])('%s with params %s is about %j', (method, params, name) => {
  const frame = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`);
  expect(calledName(frame, readEnvelope(frame))).toBe(name);
});

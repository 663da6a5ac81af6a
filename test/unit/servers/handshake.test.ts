import { describe, expect, it } from 'vitest';
import { encodeRequest } from '../../../src/protocol/jsonrpc.js';
import { CLOUD_INITIALIZE } from '../../../src/protocol/mcp.js';
import { Handshake } from '../../../src/servers/handshake.js';

const initialize = (id: string, params: object) => encodeRequest(id, 'initialize', params);
const answer = Buffer.from(
  '{"result":{"protocolVersion":"2024-11-05","serverInfo":{"name":"calc","version":"1"}},"jsonrpc":"2.0","id":0}',
);

describe('Handshake', () => {
  it('greets the first server as the cloud does', () => {
    expect(JSON.parse(new Handshake('speculative').ownInitialize.toString())).toEqual({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: CLOUD_INITIALIZE,
    });
  });

  it('answers an equal initialize from the record, under its own id, byte for byte', () => {
    const handshake = new Handshake('speculative');
    handshake.record(answer);
    const other = { ...CLOUD_INITIALIZE, clientInfo: { name: 'someone', version: '9' } };
    const frame = initialize('"x"', other);
    expect(handshake.knows(frame)).toBe(true);
    expect(handshake.answer(frame, '"x"')?.toString()).toBe(answer.toString().replace('"id":0', '"id":"x"'));
  });

  it.each([
    ['another protocol version', { ...CLOUD_INITIALIZE, protocolVersion: '2025-06-18' }],
    ['other capabilities', { ...CLOUD_INITIALIZE, capabilities: {} }],
  ])('does not answer %s from the record', (_, params) => {
    const handshake = new Handshake('speculative');
    handshake.record(answer);
    expect(handshake.knows(initialize('1', params))).toBe(false);
    handshake.expect(initialize('1', params));
    expect(handshake.answer(initialize('2', params), '2')).toBeUndefined();
    expect(JSON.parse(handshake.ownInitialize.toString()).params).toEqual(params);
  });

  it('remembers what further callers of the same process were answered, until it ends', () => {
    const handshake = new Handshake('speculative');
    handshake.record(answer);
    const frame = initialize('1', { protocolVersion: '2025-11-25', capabilities: {} });
    handshake.noteForwarded(frame)(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"a":1}}'));
    expect(handshake.answer(frame, '9')?.toString()).toBe('{"jsonrpc":"2.0","id":9,"result":{"a":1}}');
    handshake.serverStarted();
    expect(handshake.knows(frame)).toBe(false);
    expect(handshake.knows(initialize('1', CLOUD_INITIALIZE))).toBe(true);
  });

  it('names both sides for people', () => {
    const handshake = new Handshake('speculative');
    handshake.record(answer);
    expect([handshake.client, handshake.introduced.name]).toEqual(['xz-mcp-broker 0.0.1', 'calc 1']);
  });
});

import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import { Handshake } from '../../../src/servers/handshake.js';
import { MOST_KNOWN_BYTES } from '../../../src/servers/known-server.js';
import { StandIn } from '../../../src/servers/stand-in.js';

const frame = (text: string) => Buffer.from(text);
const reply = (result: string) => frame(`{"jsonrpc":"2.0","id":"x","result":${result}}`);

/** A stand-in of a server with these capabilities, whose process has just been initialised. */
function begun(capabilities = '{"tools":{}}') {
  const handshake = new Handshake('speculative');
  handshake.record(reply(`{"protocolVersion":"2024-11-05","capabilities":${capabilities}}`));
  const standIn = new StandIn(handshake, undefined);
  const asked = standIn.began(false).map((one) => readEnvelope(one).method);
  const ask = (method: string, cursor?: string, isModern = false) => {
    const params = cursor === undefined ? '{}' : JSON.stringify({ cursor });
    const request = frame(`{"jsonrpc":"2.0","id":7,"method":"${method}","params":${params}}`);
    return standIn.answer(request, readEnvelope(request), isModern)?.toString();
  };
  return { standIn, asked, ask };
}

describe('a stand-in', () => {
  it('is able when it knows every list that the server declares, and no other is needed', () => {
    const { standIn, asked } = begun('{"tools":{},"resources":{}}');
    expect(asked).toEqual(['tools/list', 'resources/list', 'resources/templates/list']);
    standIn.listed('tools/list', undefined, reply('{"tools":[]}'), false, true);
    standIn.listed('resources/list', undefined, reply('{"resources":[]}'), false, true);
    expect(standIn.isAble).toBe(false);
    // Some servers have no templates, and say so like this.
    const none = frame('{"jsonrpc":"2.0","id":"x","error":{"code":-32601,"message":"no"}}');
    standIn.listed('resources/templates/list', undefined, none, false, true);
    expect(standIn.isAble).toBe(true);
  });

  it('gives every page by its cursor, byte for byte but for the id', () => {
    const { standIn, ask } = begun();
    const { next } = standIn.listed(
      'tools/list',
      undefined,
      reply('{"tools":[{"name":"a"}],  "nextCursor":"2"}'),
      false,
      true,
    );
    expect(next?.map(String)).toEqual([expect.stringContaining('"cursor":"2"')]);
    expect(standIn.isAble).toBe(false);
    standIn.listed(
      'tools/list',
      '2',
      reply('{"tools":[{"name":"b","n":1.0}],"nextCursor":null}'),
      false,
      true,
    );
    expect(ask('tools/list')).toBe(
      '{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"a"}],  "nextCursor":"2"}}',
    );
    expect(ask('tools/list', '2')).toContain('"n":1.0');
    expect(ask('tools/list', '3')).toBeUndefined();
    expect(ask('prompts/list')).toBeUndefined();
    expect(ask('tools/call')).toBeUndefined();
  });

  it('tells a list with other items from one in another order', () => {
    const { standIn } = begun();
    const say = (tools: string) =>
      standIn.listed('tools/list', undefined, reply(`{"tools":[${tools}]}`), false, true).changed;
    expect(say('{"name":"a"},{"name":"b"}')).toBeUndefined();
    expect(say('{"name":"b"},{"name":"a"}')).toBeUndefined();
    expect(say('{"name":"b"},{"name":"a","title":"A"}')).toBe('tools');
  });

  it('is not able with lists that are too long, or that the server could not give', () => {
    const { standIn } = begun();
    const long = 'x'.repeat(MOST_KNOWN_BYTES);
    standIn.listed('tools/list', undefined, reply(`{"tools":[{"name":"${long}"}]}`), false, true);
    expect(standIn.isAble).toBe(false);
    const failed = frame('{"jsonrpc":"2.0","id":"x","error":{"code":-32000,"message":"later"}}');
    standIn.listed('tools/list', undefined, failed, false, true);
    expect(standIn.isAble).toBe(false);
  });

  it('follows no server that names next pages for ever', () => {
    const { standIn } = begun();
    let cursor: string | undefined;
    let pages = 0;
    for (; pages < 1_000; pages++) {
      const page = reply(`{"tools":[],"nextCursor":"${pages}"}`);
      const { next } = standIn.listed('tools/list', cursor, page, false, true);
      if (!next) break;
      cursor = String(pages);
    }
    expect(pages).toBeLessThan(200);
    expect(standIn.isAble).toBe(false);
  });

  it('forgets lists of MCP 2026-07-28 that have changed, when it cannot ask for them itself', () => {
    const { standIn, ask } = begun();
    standIn.listed('tools/list', undefined, reply('{"tools":[]}'), true, false);
    expect(ask('tools/list', undefined, true)).toBeDefined();
    const other = begun();
    other.standIn.listed('tools/list', undefined, reply('{"tools":[]}'), true, false);
    expect(other.standIn.again('tools', true)).toEqual([]);
    expect(other.ask('tools/list', undefined, true)).toBeUndefined();
  });
});

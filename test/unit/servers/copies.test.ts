import { expect, test } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import { differences } from '../../../src/servers/copies/compare-answers.js';
import { ownAnswer, ownId, sharedId, sharedRequest } from '../../../src/servers/copies/copy-ids.js';
import { leastBusy } from '../../../src/servers/copies/least-busy.js';
import { TaskPlaces } from '../../../src/servers/copies/task-places.js';

const one = (busy: number, lastAt: number, more = {}) => ({
  busy,
  lastAt,
  sticking: 0,
  isSlow: false,
  ...more,
});

test('the least busy process is the one with the fewest calls, then the one that has been idle for longest', () => {
  const [a, b, c] = [one(1, 1), one(0, 9), one(0, 5)];
  expect(leastBusy([a, b, c])).toBe(c);
  expect(leastBusy([a, b, c], 'pack')).toBe(b);
  expect(leastBusy([])).toBeUndefined();
  const slow = one(0, 1, { isSlow: true });
  expect(leastBusy([slow, a])).toBe(a);
  expect(leastBusy([one(0, 1, { sticking: 2 }), a], 'stick')).toBe(a);
});

test('the id of a request names its process, and the answer gets its own id back, as it was spelled', () => {
  for (const own of [5, '"a"', '"\\u00e9:1"', '1.0']) {
    expect(ownId(sharedId(3, own))).toEqual({ copy: 3, own: String(own) });
    const frame = Buffer.from(
      `{"jsonrpc":"2.0","id":${own},"method":"sampling/createMessage","params":{"_meta":{"progressToken":7}}}`,
    );
    const asked = JSON.parse(String(sharedRequest(frame, readEnvelope(frame), 3)));
    expect(ownId(JSON.stringify(asked.params._meta.progressToken))).toEqual({ copy: 3, own: '7' });
    const answer = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(asked.id)},"result":{}}`);
    expect(String(ownAnswer(answer, readEnvelope(answer))!.frame)).toBe(
      `{"jsonrpc":"2.0","id":${own},"result":{}}`,
    );
  }
  expect(ownId('"mine"')).toBeUndefined();
  expect(ownId(5)).toBeUndefined();
});

test('an id or progress token that a client has made up brings nothing into what a process gets but an id', () => {
  const line = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"denied"}}';
  for (const own of [`1\n${line}\n`, `1},"method":"x","params":{"a":1`, ' 1', '1\n', '', 'null', '{}', '[1]'])
    expect(ownId(JSON.stringify(`mcp-pipe-copy-3:${own}`)), own).toBeUndefined();
  expect(ownId('"mcp-pipe-copy-:1"')).toBeUndefined();
  expect(ownId('"mcp-pipe-copy-1.5:1"')).toBeUndefined();
});

test('answers are compared by what they say of the server', () => {
  const answer = (result: object) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
  const said = { protocolVersion: '1', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } };
  expect(differences(answer(said), answer({ ...said, instructions: 'now' }))).toEqual([]);
  expect(differences(answer(said), answer({ ...said, capabilities: {} }))).toEqual(['capabilities']);
  expect(differences(answer(said), Buffer.from('no JSON'))).toEqual([]);
});

test('the list of tasks goes on with the next process after the last page of one', () => {
  const places = new TaskPlaces();
  const reply = (result: object) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
  const cursorOf = (frame: Buffer) => JSON.parse(String(frame)).result.nextCursor;
  const asked = (cursor?: string) =>
    places.page(
      Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tasks/list', params: { cursor } })),
    );
  expect(asked().number).toBe(1);
  const first = cursorOf(places.paged(reply({ tasks: [], nextCursor: 'x:y' }), 1, 2));
  expect(JSON.parse(String(asked(first).frame)).params.cursor).toBe('x:y');
  const second = cursorOf(places.paged(reply({ tasks: [] }), 1, 2));
  expect(asked(second).number).toBe(2);
  expect(JSON.parse(String(asked(second).frame)).params.cursor).toBeUndefined();
  expect(cursorOf(places.paged(reply({ tasks: [] }), 2, undefined))).toBeUndefined();
});

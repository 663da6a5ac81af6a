import { describe, expect, test } from 'vitest';
import { APPROVALS } from '../../../src/policy/approval-defaults.js';
import { approvalStage } from '../../../src/policy/approvals/approval-stage.js';
import { Approvals } from '../../../src/policy/approvals/approvals.js';
import { indented, shownArguments } from '../../../src/policy/approvals/shown-arguments.js';
import type { AuditEntry } from '../../../src/protocol/audit.js';
import { guardedPair, someClient } from '../../helpers/guarded-pair.js';
import { ManualClock } from '../../helpers/manual-clock.js';

describe('what a person sees of arguments', () => {
  const shown = (params: string) =>
    shownArguments(Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`));

  test('is what the server gets, token by token', () => {
    expect(shown('{"name":"x","arguments":{"n":12345678901234567890,"f":1.0,"s":"\\u0041\\n"}}')).toBe(
      '{\n  "n": 12345678901234567890,\n  "f": 1.0,\n  "s": "\\u0041\\n"\n}',
    );
  });

  test('shows a key that comes twice inside, as a server may take either', () => {
    expect(shown('{"name":"x","arguments":{"path":"/tmp/a","path":"/etc"}}')).toContain(
      '"path": "/tmp/a",\n',
    );
  });

  test.each([
    ['{"name":"x","arguments":{"a":1},"arguments":{"a":2}}'],
    ['{"name":"x","name":"y","arguments":{}}'],
    ['{"name":"x","arguments":{"a":1},"argument\\u0073":{"a":2}}'],
  ])('is nothing where programs would read different calls: %s', (params) =>
    expect(shown(params)).toBe('ambiguous'),
  );

  test('has no hidden characters, and no line that is not one', () => {
    expect(shown('{"name":"x","arguments":{"a":"x\u202e\u200by","b":"\\\\u{a}"}}')).toBe(
      '{\n  "a": "x\\u{202e}\\u{200b}y",\n  "b": "\\\\u{a}"\n}',
    );
  });

  test('is bounded', () => {
    const long = 'x'.repeat(APPROVALS.mostArgumentBytes);
    expect(shown(`{"name":"x","arguments":{"a":"${long}"}}`)).toBe('too-long');
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(shown(`{"name":"x","arguments":{"a":${deep}}}`).length).toBeLessThan(200_000);
    expect(shown('{"name":"x"}')).toBe('');
  });

  test('keeps empty objects and spaces in texts', () => {
    expect(indented('{ "a" : { } , "b":[ ], "c":" , : { " }')).toBe(
      '{\n  "a": {},\n  "b": [],\n  "c": " , : { "\n}',
    );
  });
});

/** A client whose calls of `delete` wait. */
function world(withinMs = 60_000) {
  const clock = new ManualClock();
  const audit: AuditEntry[] = [];
  let now = 1_000;
  const approvals = new Approvals({ clock, now: () => now, audit: (entry) => audit.push(entry) });
  const needsPerson = (tool: string) => tool === 'delete';
  const stage = approvalStage({ approvals, needsPerson, withinMs, clock });
  const pair = guardedPair([stage], { ...someClient, key: 'an' });
  const call = (id: number, more: object = {}) =>
    pair.fromClient({ id, method: 'tools/call', params: { name: 'delete', arguments: { id }, ...more } });
  const by = 'page';
  return { clock, audit, approvals, pair, call, by, passes: (ms: number) => (now += ms) };
}

const errorOf = (text: string | undefined) => JSON.parse(text!).error;

describe('a call that needs a person', () => {
  test('waits, while others pass, and goes on with the bytes that were shown', async () => {
    const { approvals, pair, call, by, audit } = world();
    await call(1);
    await pair.fromClient({ id: 2, method: 'tools/call', params: { name: 'read' } });
    expect(pair.atServer).toHaveLength(1);
    const [waiting] = approvals.waiting;
    expect(waiting).toMatchObject({ tool: 'delete', key: 'an', arguments: '{\n  "id": 1\n}' });
    expect(approvals.decide(waiting!.id, { isApproved: true, by })).toMatchObject({ tool: 'delete' });
    await pair.settled();
    expect(pair.atServer[1]).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete","arguments":{"id":1}}}',
    );
    expect(audit).toMatchObject([{ kind: 'approval', outcome: 'approved', by: 'page', key: 'an' }]);
    expect(approvals.decide(waiting!.id, { isApproved: true, by })).toBeUndefined();
  });

  test('waits again when it is made a second time, with an id of its own', async () => {
    const { approvals, pair, call, by } = world();
    await call(1);
    const first = approvals.waiting[0]!.id;
    approvals.decide(first, { isApproved: true, by });
    await pair.settled();
    await call(1);
    expect(pair.atServer).toHaveLength(1);
    expect(approvals.waiting[0]!.id).not.toBe(first);
  });

  test('is refused with the reason of the person', async () => {
    const { approvals, pair, call, by } = world();
    await call(1);
    approvals.decide(approvals.waiting[0]!.id, { isApproved: false, by, reason: 'not now' });
    await pair.settled();
    expect(errorOf(pair.atClient[0])).toMatchObject({
      code: -31024,
      data: { why: 'declined', reason: 'not now' },
    });
    expect(pair.atServer).toEqual([]);
  });

  test('is refused when its time is over', async () => {
    const { approvals, clock, pair, call, audit } = world(60_000);
    await call(1);
    await clock.advance(60_000);
    await pair.settled();
    expect(errorOf(pair.atClient[0])).toMatchObject({ code: -31024, data: { why: 'late' } });
    expect(approvals.waiting).toEqual([]);
    expect(audit).toMatchObject([{ outcome: 'late' }]);
  });

  test('is gone when its client cancels it, or leaves', async () => {
    const { approvals, pair, call } = world();
    await call(1);
    await call(2);
    await pair.fromClient({ method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(approvals.waiting.map((one) => one.arguments)).toEqual(['{\n  "id": 2\n}']);
    await pair.client.close();
    await pair.settled();
    expect(approvals.waiting).toEqual([]);
    expect(pair.atServer).toEqual([]);
  });

  test('is refused when mcp-pipe stops, as are those that come then', async () => {
    const { approvals, pair, call } = world();
    await call(1);
    approvals.close();
    await pair.settled();
    await call(2);
    expect(pair.atClient.map((text) => errorOf(text).data.why)).toEqual(['stopped', 'stopped']);
  });

  test('has its client told of progress that any progress of the server exceeds', async () => {
    const { approvals, clock, pair, call, by } = world(30_000);
    await call(1, { _meta: { progressToken: 'p' } });
    await clock.advance(10_000);
    await clock.advance(10_000);
    await pair.settled();
    const progress = pair.atClient.map((text) => JSON.parse(text).params);
    expect(progress.map((one) => [one.progressToken, one.progress])).toEqual([
      ['p', -30],
      ['p', -20],
      ['p', -10],
    ]);
    approvals.decide(approvals.waiting[0]!.id, { isApproved: true, by });
    await pair.settled();
    await clock.advance(20_000);
    expect(pair.atClient).toHaveLength(3);
    expect(pair.atServer).toHaveLength(1);
  });

  test('is one of a bounded number', async () => {
    const { approvals, pair, call } = world();
    for (let id = 1; id <= APPROVALS.mostOfClient + 1; id++) await call(id);
    expect(approvals.waiting).toHaveLength(APPROVALS.mostOfClient);
    expect(errorOf(pair.atClient[0])).toMatchObject({ code: -31024, data: { why: 'full' } });
  });

  test('needs none while calls of the tool by this caller are approved ahead', async () => {
    const { approvals, pair, call, by, passes } = world();
    await call(1);
    approvals.decide(approvals.waiting[0]!.id, { isApproved: true, by, aheadMs: 3_600_000 });
    await call(2);
    expect(pair.atServer).toHaveLength(2);
    expect(approvals.isAhead({ ...someClient, key: 'binh' }, 'delete')).toBe(false);
    expect(approvals.isAhead({ ...someClient, key: 'an' }, 'drop')).toBe(false);
    passes(3_600_000);
    await call(3);
    expect(pair.atServer).toHaveLength(2);
    expect(approvals.ahead).toEqual([]);
  });

  test('needs one again when that is ended', async () => {
    const { approvals, pair, call, by } = world();
    await call(1);
    approvals.decide(approvals.waiting[0]!.id, { isApproved: true, by, aheadMs: 3_600_000 });
    const { id } = approvals.ahead[0]!;
    expect(approvals.endAhead(id)).toMatchObject({ caller: 'key an' });
    await call(2);
    expect(pair.atServer).toHaveLength(1);
    expect(approvals.waiting).toHaveLength(1);
  });
});

test('a key with many sessions has as many calls that wait as one with one', () => {
  const approvals = new Approvals({ clock: new ManualClock() });
  const session = (at: number) => ({ ...someClient, key: 'an', link: `http #${at}` });
  const asked = { tool: 'delete', arguments: '', withinMs: 60_000 };
  for (let at = 0; at < APPROVALS.mostOfClient; at++) {
    expect(approvals.isFull(session(at))).toBe(false);
    const { signal } = new AbortController();
    void approvals.ask({ client: session(at), ...asked, signal });
  }
  expect(approvals.isFull(session(99))).toBe(true);
  expect(approvals.isFull({ ...session(99), key: 'binh' })).toBe(false);
  approvals.close();
});

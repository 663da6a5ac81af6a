import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionIds, type SessionIdsPlan } from '../../../src/faces/http/session-ids.js';
import { NO_SESSION_REASONS, type NoSession } from '../../../src/protocol/no-session.js';
import { runs } from '../../helpers/runs.js';

const KEY = 'the-key-of-all-replicas-0123456789';
const OTHER_KEY = 'another-key-of-replicas-0123456789';
const REQUEST = { url: '/mcp' } as IncomingMessage;

function idsOf(plan: SessionIdsPlan) {
  const heard: (NoSession & { request: IncomingMessage })[] = [];
  const ids = new SessionIds(plan, (miss, request) => heard.push({ ...miss, request }));
  const why = (id: string, isOpen = false) => {
    ids.miss(id, REQUEST, isOpen);
    const { reason, replica } = heard.at(-1)!;
    return replica === undefined ? reason : `${reason} ${replica}`;
  };
  return { ids, heard, why };
}

describe('an id of a session', () => {
  it('is the name of the replica, random bits and a signature, each time another one', () => {
    const { ids } = idsOf({ replica: 'a', sessionKey: KEY });
    const made = Array.from({ length: 100 }, () => ids.create());
    for (const id of made) expect(id).toMatch(/^a\.[0-9a-f-]{36}\.[\w-]{22}$/);
    expect(new Set(made).size).toBe(100);
    expect(new Set(made.map((id) => id.split('.')[2])).size).toBe(100);
    // MCP "Session Management": visible ASCII.
    expect(made.join('')).toMatch(/^[\x21-\x7e]+$/);
    expect(idsOf({}).ids.create()).toMatch(/^[0-9a-f-]{36}\.[\w-]{22}$/);
  });

  it('says with a common key whose it is', () => {
    const [a, b] = ['a', 'b'].map((replica) => idsOf({ replica, sessionKey: KEY }));
    expect(a!.why(a!.ids.create())).toBe('ended');
    expect(a!.why(b!.ids.create())).toBe('other-replica b');
    // Of a replica that has lost its name, and the other way round.
    const unnamed = idsOf({ sessionKey: KEY });
    expect(unnamed.why(a!.ids.create())).toBe('other-replica a');
    expect(a!.why(unnamed.ids.create())).toBe('other-replica');
    // Started again, it knows what it has given out before.
    expect(idsOf({ replica: 'a', sessionKey: KEY }).why(a!.ids.create())).toBe('ended');
    expect(a!.why(idsOf({ replica: 'b', sessionKey: OTHER_KEY }).ids.create())).toBe('made-up b');
  });

  it('cannot be told from one that was made up without a common key', () => {
    const [a, b] = ['a', 'b'].map((replica) => idsOf({ replica }));
    expect(a!.why(a!.ids.create())).toBe('ended');
    expect(a!.why(b!.ids.create())).toBe('unsigned b');
    expect(idsOf({ replica: 'a' }).why(a!.ids.create())).toBe('unsigned');
    expect(a!.why('b.made-up')).toBe('made-up');
  });

  it('belongs to whoever has opened it, whatever its signature says', () => {
    const { ids, why } = idsOf({ replica: 'a', sessionKey: KEY });
    expect(why(ids.create(), true)).toBe('other-caller');
  });

  it('is made up if any sign of it is another one', () => {
    const { ids, why } = idsOf({ replica: 'a', sessionKey: KEY });
    const id = ids.create();
    // The last sign of the signature has bits that no byte has: they count all the same.
    for (let at = 0; at < id.length; at += 1)
      for (const sign of 'abAQgw09-_.') {
        const altered = id.slice(0, at) + sign + id.slice(at + 1);
        if (altered !== id) expect(why(altered)).toMatch(/^made-up/);
      }
  });

  it('is made up if parts of others are put together', () => {
    const { ids, why } = idsOf({ replica: 'a', sessionKey: KEY });
    const [one, two] = [ids.create(), ids.create()].map((id) => id.split('.'));
    expect(why([one![0], one![1], two![2]].join('.'))).toBe('made-up');
    expect(why(['b', one![1], one![2]].join('.'))).toBe('made-up b');
    expect(why(one!.slice(1).join('.'))).toBe('made-up');
    expect(why(`${one!.join('.')}.`)).toBe('made-up');
    expect(why(`${one!.join('.')}\n`)).toBe('made-up');
    expect(why('')).toBe('made-up');
    expect(why('.'.repeat(16_384))).toBe('made-up');
  });

  it('is made up, whatever text it is', () => {
    const { why, heard } = idsOf({ replica: 'a', sessionKey: KEY });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(why(text)).toBe('made-up');
      }),
      { numRuns: runs(500) },
    );
    expect(heard.every(({ request }) => request === REQUEST)).toBe(true);
  });

  it('is counted by reason', () => {
    const { ids, why } = idsOf({ replica: 'a', sessionKey: KEY });
    expect(Object.keys(ids.missed).sort()).toEqual([...NO_SESSION_REASONS].sort());
    why(ids.create());
    why('x');
    why('y');
    expect(ids.missed).toMatchObject({ ended: 1, 'made-up': 2, 'other-replica': 0 });
  });

  it('is of another name or key once those change, and what was given out before stays a session', () => {
    const { ids, why } = idsOf({ replica: 'a', sessionKey: KEY });
    const before = ids.create();
    ids.change({ replica: 'c', sessionKey: KEY });
    expect(ids.create()).toMatch(/^c\./);
    expect(why(before)).toBe('other-replica a');
    ids.change({ replica: 'c', sessionKey: OTHER_KEY });
    expect(why(before)).toBe('made-up a');
  });
});

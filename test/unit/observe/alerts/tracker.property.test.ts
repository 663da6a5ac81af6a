import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outbox } from '../../../../src/observe/alerts/outbox.js';
import type { Sighting } from '../../../../src/observe/alerts/sightings.js';
import { AlertTracker, keyOf } from '../../../../src/observe/alerts/tracker.js';
import { ALERT_KINDS } from '../../../../src/protocol/alert.js';
import { runs } from '../../../helpers/runs.js';

const TIMES = { afterMs: 120_000, hungAfterMs: 60_000, settleMs: 60_000 };
const NAMES = ['a', 'b', 'c'];

const sighting = (name: string): fc.Arbitrary<Sighting> =>
  fc
    .record({
      of: fc.constantFrom('link' as const, 'server' as const),
      health: fc.constantFrom('good' as const, 'bad' as const, 'neutral' as const),
      kind: fc.constantFrom(...ALERT_KINDS),
      cause: fc.constantFrom('hung', 'exited', undefined),
    })
    .map(({ of, health, kind, cause }) => ({
      subject: { of, name },
      ...{ health, kind: health === 'bad' ? kind : undefined, cause, links: [name] },
    }));

/** What is seen at a moment, and how long after the moment before. */
const moment = fc.record({
  seen: fc.tuple(...NAMES.map(sighting)),
  /** Subjects that are there at all. */
  there: fc.subarray(NAMES),
  passed: fc.constantFrom(0, 1_000, 10_000, 61_000, 130_000),
});

test('each subject has at most one open alert, and each end has its alert', () => {
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 60 }), (moments) => {
      const tracker = new AlertTracker();
      const open = new Map<string, Set<string>>();
      let now = 0;
      for (const { seen, there, passed } of moments) {
        now += passed;
        const present = seen.filter(({ subject }) => there.includes(subject.name));
        const keys = new Set(present.map(({ subject }) => keyOf(subject)));
        for (const key of open.keys()) if (!keys.has(key)) open.delete(key);
        for (const { state, subject, kind, forMs, since } of tracker.update(present, TIMES, now, now)) {
          const key = keyOf(subject);
          expect(forMs).toBeGreaterThanOrEqual(0);
          expect(since + forMs).toBeLessThanOrEqual(now);
          if (state === 'recovered') {
            expect(open.has(key)).toBe(true);
            open.delete(key);
            continue;
          }
          // The same alert is never raised again before it ends; another kind is an update of it.
          const kinds = open.get(key) ?? new Set<string>();
          expect(kinds.has(kind)).toBe(false);
          open.set(key, kinds.add(kind));
        }
        expect(tracker.open).toBe(open.size);
        const due = tracker.dueInMs(TIMES, now);
        if (due !== undefined) expect(due).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: runs(500) },
  );
});

test('nothing is due without being said when its time comes', () => {
  fc.assert(
    fc.property(fc.array(moment, { minLength: 1, maxLength: 20 }), (moments) => {
      const tracker = new AlertTracker();
      let now = 0;
      for (const { seen, passed } of moments) {
        now += passed;
        tracker.update(seen, TIMES, now, now);
        const due = tracker.dueInMs(TIMES, now);
        if (due === undefined) continue;
        now += due;
        expect(tracker.update(seen, TIMES, now, now).length).toBeGreaterThan(0);
      }
    }),
    { numRuns: runs(500) },
  );
});

test('a channel gets the end of an alert only if it got the alert, or with the reason in it', () => {
  const step = fc.oneof(
    fc.record({ is: fc.constant('news' as const), name: fc.constantFrom(...NAMES), isEnd: fc.boolean() }),
    fc.record({
      is: fc.constantFrom('take' as const, 'sent' as const, 'back' as const, 'rejected' as const),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 3 }), (steps, bound) => {
      const outbox = new Outbox(bound);
      const raised = new Set<string>();
      const got = new Set<string>();
      let taken: ReturnType<Outbox['take']> | undefined;
      for (const one of steps) {
        if (one.is === 'news') {
          // As the tracker tells it: an end follows an alert.
          if (one.isEnd && !raised.has(one.name)) continue;
          if (one.isEnd) raised.delete(one.name);
          else raised.add(one.name);
          outbox.add({
            ...{ state: one.isEnd ? 'recovered' : 'raised', kind: 'link-down', cause: undefined },
            ...{ subject: { of: 'link', name: one.name }, links: [], since: 0, forMs: 0, returns: 0, at: 0 },
            why: one.isEnd ? undefined : 'why',
          });
        } else if (one.is === 'take') taken ??= outbox.take();
        else if (taken) {
          if (one.is === 'sent') {
            for (const { state, subject, why } of taken.news) {
              if (state === 'raised') got.add(subject.name);
              else expect(got.delete(subject.name) || why === 'why').toBe(true);
            }
            outbox.sent(taken);
          } else if (one.is === 'back') outbox.putBack(taken);
          else outbox.rejected();
          taken = undefined;
        }
      }
      const { news } = outbox.take();
      expect(news.length).toBeLessThanOrEqual(Math.min(bound, NAMES.length));
    }),
    { numRuns: runs(500) },
  );
});

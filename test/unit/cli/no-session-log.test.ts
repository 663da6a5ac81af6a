import { expect, test } from 'vitest';
import { noSessionLog } from '../../../src/cli/no-session-log.js';
import type { NoSession } from '../../../src/protocol/no-session.js';

function world() {
  const lines: [unknown, string][] = [];
  let now = 0;
  const logger = { warn: (fields: unknown, text: string) => lines.push([fields, text]) };
  const tell = noSessionLog(logger as never, 'en', () => now);
  return {
    lines,
    miss: (reason: NoSession['reason'], replica?: string) => tell({ reason, replica }),
    wait: (ms: number) => {
      now += ms;
    },
  };
}

test('one line a minute tells of all requests with sessions of another replica', () => {
  const { lines, miss, wait } = world();
  for (let n = 0; n < 1_000; n += 1) miss('other-replica', 'b');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toEqual([
    { code: 'SESSION_ELSEWHERE', replica: 'b', count: 1 },
    expect.stringMatching(
      /^1 request named a session of replica b: .* the proxy sends sessions to the wrong/,
    ),
  ]);
  wait(60_000);
  miss('other-replica', 'b');
  expect(lines[1]).toMatchObject([{ count: 1_000 }, expect.stringMatching(/^1,?000 requests named/)]);
});

test('ids that were made up, and sessions of others, have lines of their own', () => {
  const { lines, miss } = world();
  miss('made-up');
  miss('other-caller');
  miss('unsigned', 'b');
  expect(lines.map(([fields]) => (fields as { code: string }).code)).toEqual([
    ...['SESSION_MADE_UP', 'SESSION_OF_OTHER', 'SESSION_UNSIGNED'],
  ]);
});

test('sessions that have ended are nothing to tell of', () => {
  const { lines, miss } = world();
  miss('ended');
  miss('unsigned');
  expect(lines).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { wordMove } from '../../../../src/observe/feed/moves.js';
import { type Move, moverOf } from '../../../../src/observe/measures/moves.js';
import type { StatusEvent } from '../../../../src/protocol/status.js';
import { everyEvent, serverDown, status } from '../../messages/events.js';

const SECRET = 'made-up-secret-5f1c7d20';
const clean = (text: string) => text.replaceAll(SECRET, '[redacted]');
const sources = { reasons: { clean } } as Parameters<typeof wordMove>[1];
const MOVES = Object.values(everyEvent).filter((event) => moverOf(status(event)));
/** More is no short sentence. */
const MOST_CHARACTERS = 260;

const told = (event: StatusEvent, is: Move['class'] = 'ok') =>
  wordMove({ at: 1, class: is, status: status(event) }, sources, 'en');
const inBoth = (event: StatusEvent) =>
  (['en', 'vi'] as const).map(
    (lang) => wordMove({ at: 1, class: 'ok', status: status(event) }, sources, lang).text,
  );
const exited = (more: Parameters<typeof serverDown>[0]) => inBoth(serverDown({ why: 'exited', ...more }));

describe('a move is one short sentence', () => {
  test.each(MOVES.map((event) => [event.type, event] as const))('%s', (_, event) => {
    for (const text of inBoth(event)) {
      expect(text).toMatch(/\S[.…]$/);
      expect(text.length).toBeLessThan(MOST_CHARACTERS);
    }
  });

  test('of a server that starts and ends', () => {
    expect(
      inBoth({ type: 'server-ready', pid: 30811, tookMs: 3_100, name: 'calculator 1.0', again: true }),
    ).toEqual(['Ready again after 3.1 s, pid 30811.', 'Sẵn sàng trở lại sau 3,1 giây, pid 30811.']);
    expect(
      exited({ end: { kind: 'process', exitCode: 1, signal: undefined } as never, livedMs: 1_300 }),
    ).toEqual(['Ended with exit code 1 after 1.3 s.', 'Đã thoát với mã 1 sau 1,3 giây.']);
    expect(
      exited({ end: { kind: 'process', exitCode: undefined, signal: 'SIGKILL' } as never, livedMs: 19_000 }),
    ).toEqual(['Ended by signal SIGKILL after 19 s.', 'Bị dừng bởi signal SIGKILL sau 19 giây.']);
  });

  test('without the last lines of stderr, and when it is tried again', () => {
    for (const why of ['exited', 'hung', 'unanswered', 'unreachable'] as const) {
      const [text] = inBoth(serverDown({ why, failures: 4, stderrTail: ['Error: no module'] }));
      expect(text).not.toMatch(/no module|next start|in a row/i);
    }
  });

  test('without secrets, also where a text is cut', () => {
    const name = `${'x'.repeat(50)}${SECRET}`;
    const texts = [
      ...inBoth({ type: 'call-timeout', method: 'tools/call', name, timeoutMs: 30_000 }),
      ...inBoth({ type: 'server-refused', code: -32_000, message: `wrong key ${SECRET}` }),
    ];
    for (const text of texts) expect(text).not.toContain(SECRET.slice(0, 8));
  });
});

describe('the class of a move', () => {
  test('is that of the state after it, and never well for what went wrong', () => {
    expect(told(serverDown(), 'bad').class).toBe('bad');
    expect(told(serverDown(), 'busy').class).toBe('busy');
    expect(told(serverDown(), 'ok').class).toBe('busy');
    expect(wordMove({ at: 1, class: undefined, status: status(serverDown()) }, sources, 'en').class).toBe(
      'busy',
    );
    expect(told(everyEvent['server-idle-stopped'], 'rest').class).toBe('rest');
  });

  test.each([
    ['pause', 'rest', 'Paused by you from the page.'],
    ['resume', 'busy', 'Resumed by you from the page.'],
    ['restart', 'busy', 'Restart asked from the page.'],
    ['reload', 'ok', 'The configuration was read again, asked from the page.'],
  ] as const)('%s leads to %s', (action, is, text) => {
    const act = { at: 1, action, names: [], from: 'page' };
    expect(wordMove({ at: 1, class: 'ok', act }, sources, 'en')).toEqual({ at: 1, class: is, text });
  });
});

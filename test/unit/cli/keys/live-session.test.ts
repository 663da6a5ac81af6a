import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { LiveSession } from '../../../../src/cli/keys/live-session.js';
import { LogRing } from '../../../../src/observe/log-ring.js';
import { Redactor } from '../../../../src/observe/redact.js';
import { Snapshot } from '../../../../src/observe/snapshot.js';
import { eventually } from '../../../helpers/eventually.js';

const SIZE = { columns: 60, rows: 12 };

function session() {
  const ring = new LogRing();
  const snapshot = new Snapshot([{ name: 'mux', servers: ['bộ nhớ', 'files'] }, { name: 'clock' }]);
  const say = (server: string, msg: string, level = 'info') =>
    ring.write(JSON.stringify({ level, time: '2026-01-31T10:00:00.000Z', link: 'mux', server, msg }));
  let changes = 0;
  const made = new LiveSession({
    ...{ ring, level: 'info', redactor: new Redactor(), calls: () => [] },
    view: () => ({ links: snapshot.links, now: 0, colour: false }),
    changed: () => {
      changes += 1;
    },
  });
  const draw = (size = SIZE) => made.draw(size).lines.map((line) => stripVTControlCharacters(line));
  return { made, say, draw, changes: () => changes };
}

test('opens the log of the server of a number, follows it, stays where it was scrolled to, and goes back', async () => {
  const { made, say, draw, changes } = session();
  for (let i = 0; i < 30; i++) say(i % 2 ? 'files' : 'bộ nhớ', `said ${i}\u001b[2J`);
  say('files', 'details', 'debug');
  expect(draw().map((line) => line.slice(0, 12))).toEqual([
    ...[' 1 … mux    ', ' 2 …   bộ nh', ' 3 …   files', ' 4 … clock  '],
    '? for keys, ',
  ]);
  made.press(['3']);
  await eventually(() => draw().length > 3 || undefined, { what: 'the log' });
  expect(draw()[0]).toBe('Log of files  following');
  expect(draw()[1]).toMatch(/^\[.*\] INFO: \[mux\/files\] said 15\\u001b\[2J$/);
  expect(draw().at(-2)).toContain('said 29');
  const before = changes();
  say('bộ nhớ', 'not for it');
  expect(changes()).toBe(before);
  say('files', 'more');
  expect(changes()).toBe(before + 1);
  expect(draw().at(-2)).toContain('more');
  made.press(['up']);
  say('files', 'and more');
  expect(draw()[0]).toBe('Log of files  2 more lines below');
  expect(draw().at(-2)).toContain('said 29');
  expect(draw({ columns: 120, rows: 5 })).toHaveLength(3);
  made.press(['last']);
  expect(draw().at(-2)).toContain('and more');
  made.press(['escape']);
  expect(draw()[0]).toMatch(/^ 1 … mux/);
  made.press(['calls']);
  expect(draw()[0]).toBe('No call is running.');
});

test('keeps a bounded part of a log that goes on', async () => {
  const { made, say, draw } = session();
  draw();
  made.press(['3']);
  draw();
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 1_500; i++) say('files', `said ${i}`);
  await eventually(() => draw().length > 3 || undefined, { what: 'the log' });
  made.press(['first']);
  draw();
  made.press(['first']);
  expect(draw()[1]).toMatch(/^--- 2026-01-31 ---$|said 500$/);
  made.close();
});

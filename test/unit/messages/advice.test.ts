import { expect, test } from 'vitest';
import { type Advised, textOf, withCommand } from '../../../src/messages/advice.js';
import { LANGS, messagesFor } from '../../../src/messages/index.js';
import { formatServerDown, partsOfServerDown } from '../../../src/messages/server-down-words.js';
import { formatDown, lastLines, partsOfDown } from '../../../src/messages/words.js';
import type { Cause } from '../../../src/protocol/diagnosis.js';
import { diagnosis, serverDown } from './events.js';

const FACTS = {
  ...{
    name: 'x',
    file: 'x',
    module: 'x',
    top: 'x',
    program: 'x',
    wanted: 'x',
    python: false,
    from: undefined,
  },
  ...{
    argument: 'notes',
    address: 'https://x.example/mcp',
    host: 'x.example',
    livedMs: 5,
    reason: '',
    status: 404,
  },
};

/** Everything that advises something, by its id. */
function advice(lang: (typeof LANGS)[number]): [string, Advised][] {
  const { hints, remoteCauses } = messagesFor(lang);
  const say = (one: unknown) => (one as (facts: object) => Advised)(FACTS);
  return [
    ...Object.entries(hints).map(([id, hint]): [string, Advised] => [id, say(hint)]),
    ...Object.entries(remoteCauses).map(([id, { next }]): [string, Advised] => [id, say(next)]),
  ];
}

test('a command stands in the sentence of the log, and apart of it on the page, in both languages alike', () => {
  const commands = LANGS.map((lang) =>
    advice(lang).flatMap(([id, said]) => (typeof said === 'string' ? [] : [[id, said.command]])),
  );
  expect(commands[0]).toEqual(commands[1]);
  expect(commands[0]!.length).toBeGreaterThan(7);
  for (const lang of LANGS)
    for (const [id, said] of advice(lang)) {
      if (typeof said === 'string') continue;
      expect(said.text, id).toContain(said.command);
      expect(said.do, id).not.toContain(said.command);
      expect(said.do, id).toMatch(/^[A-ZÀ-Ỹ].*\.$/s);
    }
  expect(withCommand('Do it', 'x y', 'Then rest.')).toEqual({
    ...{ text: 'Do it: `x y`. Then rest.', do: 'Do it. Then rest.', command: 'x y' },
  });
});

test('the log says all parts of a failure in their order', () => {
  const tails = ['', "Error: Cannot find module 'ws'", 'npm ERR! code E404', 'hm'];
  for (const lang of LANGS)
    for (const tail of tails) {
      const event = serverDown({ stderrTail: tail === '' ? [] : [tail], pendingFailed: 2 });
      const { what, next, again, stderrTail } = partsOfServerDown(event, lang);
      const text = formatServerDown(event, lang);
      expect(text.startsWith([...what, ...next.map(textOf), ...again].join(' '))).toBe(true);
      for (const line of lastLines(stderrTail)) expect(text.endsWith(line)).toBe(true);
    }
});

test('the end of a connection has its cause in the log, and apart of it on the page', () => {
  const causes: Cause[] = ['token-rejected', 'dns', 'initialize-unanswered', 'deaf'];
  const more = { nextDialMs: 4_000, attempt: 3, pending: 1, stderrTail: ['hm'] };
  for (const lang of LANGS)
    for (const cause of causes) {
      const { what, next } = partsOfDown(diagnosis(cause), more, lang);
      const text = formatDown(diagnosis(cause), more, lang);
      expect(text).toContain(` [${cause}].`);
      expect(text.replace(` [${cause}]`, '').startsWith([...what, ...next.map(textOf)].join(' '))).toBe(true);
    }
});

/** What came of a call: time, size, text first, images. All of it is the server's: text nodes, and `data:` for images. */
import { E, type Kid, type View } from '../dom.js';
import { bytes, num } from '../format.js';
import { glyph, press } from '../pieces.js';
import { redraw } from '../state.js';
import { w } from '../words.js';
import type { ResultPart } from './result-parts.js';
import { type Outcome, outcomeText } from './state.js';

/** Each press on "more" shows so many times as much. */
const MORE_TIMES = 4;

export function resultView(outcome: Outcome | undefined): View {
  const words = w.tools.result;
  if (outcome === undefined) return E('p.empty', { key: 'none' }, words.none);
  const { result, error } = outcome;
  const shape = error !== undefined || result?.isError === true ? 'bad' : 'ok';
  return E(
    'section',
    { class: `result ${shape}`, key: 'result', 'aria-label': words.title },
    E(
      'div.head',
      {},
      glyph(shape),
      E('b', {}, outcomeText(outcome)),
      result && E('span.muted', {}, sizeText(outcome)),
    ),
    error &&
      E('p.body.words', {}, error.message, error.code && [' ', E('span.cause', {}, `[${error.code}]`)]),
    result && (result.parts.length === 0 ? E('p.body.muted', {}, words.empty) : parts(outcome, result.parts)),
  );
}

function sizeText({ bytes: size, result }: Outcome): string {
  const text = (result?.parts ?? [])
    .map((part) => (part.kind === 'text' ? part.text : ''))
    .join('\n')
    .trim();
  if (text === '') return bytes(size);
  const n = text.split('\n').length;
  return `${bytes(size)} · ${w.tools.result.lines({ n, text: num(n) })}`;
}

function parts(outcome: Outcome, all: readonly ResultPart[]): Kid[] {
  let left = outcome.shown;
  let length = 0;
  const views = all.map((part, i) => {
    const key = `part ${i}`;
    if (part.kind !== 'text') return partView(part, key);
    length += part.text.length;
    if (left <= 0) return null;
    const text = part.text.slice(0, left);
    left -= part.text.length;
    return E('pre', { key, tabindex: 0, role: 'group', 'aria-label': w.tools.result.title }, text);
  });
  if (length <= outcome.shown) return views;
  const firstOther = all.findIndex(({ kind }) => kind !== 'text');
  const end = firstOther < 0 ? all.length : firstOther;
  const label = w.tools.result.more({ shown: bytes(outcome.shown), of: bytes(length) });
  const more = () => {
    outcome.shown *= MORE_TIMES;
    redraw();
  };
  return [...views.slice(0, end), press(label, more, 'quiet'), ...views.slice(end)];
}

function partView(part: Exclude<ResultPart, { kind: 'text' }>, key: string): View {
  const words = w.tools.result;
  switch (part.kind) {
    case 'image': {
      const alt = words.image({ type: part.type, size: bytes(part.bytes) });
      return E('figure', { key }, E('img', { src: part.src, alt, title: alt }));
    }
    case 'reference':
      return E('p.body.words', { key }, words.link({ name: part.name, uri: part.uri }));
    case 'other':
      return E('p.body.muted.words', { key }, words.notShown({ type: part.type, size: bytes(part.bytes) }));
  }
}

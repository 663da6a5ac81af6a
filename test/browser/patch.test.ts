import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';

const browser = browserOfFile();
const DOM = join(import.meta.dirname, '../../src/page/dom.ts');

/** Runs in the page, with the exports of dom.ts as `D`: patches one element on and on, and builds the same anew each time. */
const COMPARE = `(() => {
  let seed = 7;
  const any = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const props = (tag) => ({
    ...(any(2) ? { key: 'k' + any(8) } : {}),
    ...(any(2) ? { class: 'c' + any(3) } : {}),
    ...(any(3) ? {} : { title: any(2) ? 'x' : null, hidden: any(2) === 1 }),
    ...(any(3) ? {} : { css: { width: any(9) + 'px' } }),
    ...(tag === 'input' ? { value: 'v' + any(3) } : {}),
  });
  const kids = (depth) => Array.from({ length: any(6) }, (_, i) => {
    const kind = any(9);
    if (kind === 0) return '<b>' + any(3);
    if (kind === 1) return [null, false, kids(0), any(4)];
    if (kind === 2) {
      const value = any(3);
      return D.keep('k' + any(6) + i, [value], () => D.E('u', { title: value }, 'kept', value));
    }
    if (kind === 3) {
      const text = 't' + any(3);
      return D.E('em', { key: 'k' + any(3), tick: () => text });
    }
    const tag = ['p', 'b', 'svg', 'input', 'em'][any(5)];
    return D.E(tag, props(tag), ...(depth > 0 && tag !== 'input' ? kids(depth - 1) : []));
  });
  const seen = (node) => [...node.childNodes].map((one) => one.nodeType === 3 ? one.data : [
    one.namespaceURI, one.localName, one.value, one.style.cssText,
    ...[...one.attributes].filter(({ name }) => name !== 'style').map(({ name, value }) => name + '=' + value).sort(),
    seen(one),
  ]);
  const kept = document.body.appendChild(document.createElement('div'));
  for (let i = 0; i < 2000; i++) {
    const next = kids(3);
    const fresh = document.body.appendChild(document.createElement('div'));
    D.patch(kept, next);
    D.patch(fresh, next);
    const [one, other] = [seen(kept), seen(fresh)].map((tree) => JSON.stringify(tree));
    if (one !== other) return i + ': ' + one + ' instead of ' + other;
    fresh.remove();
  }
  return 'the same';
})()`;

/** Keeps what is the same, whatever is added before it, and where it stands. */
const FOCUS = `(() => {
  const root = document.body.appendChild(document.createElement('div'));
  const list = (keys) => D.patch(root, keys.map((key) => D.E('input', { key })));
  list(['a', 'b', 'c', 'd']);
  const b = root.children[1];
  b.focus();
  b.value = 'typed';
  const was = [];
  for (const keys of [['x', 'a', 'b'], ['b', 'd', 'a'], ['d', 'c', 'y', 'b']]) {
    list(keys);
    was.push(document.activeElement === b && b.value === 'typed' && root.children[keys.indexOf('b')] === b);
  }
  return was;
})()`;

test('whatever was there before, the document is what the views say, and the focus stays', async () => {
  const built = await build({
    ...{ entryPoints: [DOM], bundle: true, write: false, logLevel: 'silent' },
    ...{ format: 'iife', globalName: 'D' },
  });
  const page = await browser.open('about:blank');
  await page.addScriptTag({ content: built.outputFiles[0]!.text });
  expect(await page.evaluate(COMPARE)).toBe('the same');
  expect(await page.evaluate(FOCUS)).toEqual([true, true, true]);
});

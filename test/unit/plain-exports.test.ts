import { expect, test } from 'vitest';
import { plainExports } from '../../scripts/plain-exports.js';

const getter = (name: string, value: string) =>
  `Object.defineProperty(exports,"${name}",{enumerable:!0,get:function(){return ${value}}});`;

test.each([
  ['function f(){}', 'f'],
  ['const f=1;', 'f'],
  ['class f{}', 'f'],
  ['let g={f:1};g.f=2;var f=g;', 'f'],
])('an export that keeps its value is a value: %s', (code, value) => {
  expect(plainExports(code + getter('t', value), ['t'])).toBe(`${code}exports.t=${value};`);
});

test.each([
  'let f;function set(){f=1}',
  'let f=1;function set(){f++}',
  'let f=1;function set(o){({f}=o)}',
  'let f=1;function set(o){[,...f]=o}',
  'let f=1;function set(o){for(f of o);}',
  'var f;',
])('an export that may change stays a getter: %s', (code) => {
  const text = code + getter('t', 'f');
  expect(plainExports(text, ['t'])).toBe(text);
});

test.each(['function()', 'function ()'])('what is not minified is found as well: %s', (written) => {
  const getter = `{\n\tenumerable: true,\n\tget: ${written} {\n\t\treturn f;\n\t}\n}`;
  const code = `const f = 1;\nObject.defineProperty(exports, "t", ${getter});`;
  expect(plainExports(code, ['t'])).toBe('const f = 1;\nexports.t=f;');
});

test('an export that is written in another way ends the build', () => {
  expect(() => plainExports('exports.__esModule=!0;define(exports,{t:()=>f});', ['t'])).toThrow(
    'exports as it did: t',
  );
});

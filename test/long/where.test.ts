import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ascii } from '../../rolldown.config.js';
import { type Place, placesOfBundle, withSources } from '../../scripts/where.js';
import { root } from '../helpers/cli.js';

const bundle = join(root, 'dist/bundle');

let place: Place;
beforeAll(async () => {
  place = await placesOfBundle();
}, 120_000);

const lineOf = (at: string) => {
  const [file = '', line] = at.split(':');
  return readFileSync(join(root, file), 'utf8').split('\n')[Number(line) - 1];
};

test('a stack of the bundle leads to the lines of src', async () => {
  const { Endpoint } = (await import(join(bundle, 'index.js'))) as { Endpoint: new (text: string) => object };
  let stack = '';
  try {
    new Endpoint('no address');
  } catch (error) {
    stack = (error as Error).stack!;
  }
  expect(stack).toMatch(/dist\/bundle\/[\w-]+\.cjs:\d+:\d+/);
  const [, at = ''] = / = (src\/protocol\/endpoint\.ts:\d+:\d+)/.exec(withSources(stack, place)) ?? [];
  expect(lineOf(at)).toMatch(/new URL\(|throw /);
});

test('a place behind letters outside of ASCII, which are longer in the bundle, is found as well', () => {
  const wanted = `${ascii('Sửa ')}MCP_PIPE_LOG_LEVEL.`;
  const found = readdirSync(bundle).flatMap((name) => {
    const before = readFileSync(join(bundle, name), 'utf8').split(wanted)[0]!.split('\n');
    const isThere = before.join('\n').length < readFileSync(join(bundle, name), 'utf8').length;
    return isThere ? [place(name, before.length, before.at(-1)!.length + 1)] : [];
  });
  expect(found).toEqual([expect.stringMatching(/^src\/messages\/vi\/errors\.ts:/)]);
  expect(lineOf(found[0]!)).toContain('Sửa MCP_PIPE_LOG_LEVEL.');
});

test('a file of another version is said to be one', () => {
  expect(withSources('at run (/x/dist/bundle/base-00000000.cjs:1:2)', place)).toBe(
    'at run (/x/dist/bundle/base-00000000.cjs:1:2 = a place of another version)',
  );
});

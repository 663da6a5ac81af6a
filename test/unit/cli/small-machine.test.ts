import { expect, test } from 'vitest';
import { offerDemand } from '../../../src/cli/small-machine.js';

const MB = 1024 ** 2;
const file = '/mcp_config.json';
const text = '{ "mcpServers": {} }';

test('a machine of 1 GB is offered servers that start when they are called, in one sentence', () => {
  const [en, ...more] = offerDemand({ file, text }, 'en', 961 * MB);
  expect(more).toEqual([]);
  expect(en).toContain('This machine has 961 MiB of memory');
  expect(en).toContain(`"settings": { "start": "demand" } in ${file}`);
  expect(offerDemand({ file, text }, 'vi', 1_024 * MB).join()).toContain('Máy này có');
});

test('one with more is not, nor a configuration that says when servers start', () => {
  expect(offerDemand({ file, text }, 'en', 2_048 * MB)).toEqual([]);
  expect(offerDemand({ file, text: '{ "settings": { "start" : "run" } }' }, 'en', 500 * MB)).toEqual([]);
});

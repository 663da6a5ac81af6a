import { afterAll, expect, test } from 'vitest';
import { plan, removeFolders } from './workspace.js';

afterAll(removeFolders);

const variable = (name: string) => ['$', '{', name, '}'].join('');
const ADDRESS = 'ws://127.0.0.1:1/mcp/?token=token-of-the-endpoint';

test('what a server gets under the name of a secret is hidden', async () => {
  const env = {
    API_KEY: variable('API_KEY'),
    HEADER: `Bearer ${variable('OTHER_TOKEN')}`,
    DB_PASSWORD: 'written-down',
    LANGUAGE: 'vietnamese',
    KEY_FILE: '/home/an/.ssh/id',
    CLIENT_SECRET: '<your-secret-here>',
  };
  const config = { mcpServers: { calc: { command: 'node', env, endpoint: ADDRESS } } };
  const { secrets } = await plan(config, { API_KEY: 'of-the-environment', OTHER_TOKEN: 'a-part-of-it' });
  expect(secrets).toEqual(expect.arrayContaining(['of-the-environment', 'a-part-of-it', 'written-down']));
  for (const open of ['vietnamese', '/home/an/.ssh/id', '<your-secret-here>'])
    expect(secrets).not.toContain(open);
});

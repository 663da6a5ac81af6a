import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { plan, removeFolders } from './workspace.js';

afterEach(removeFolders);

/** The configurations that a page shows, in its order: one entry for each token, agents, remote servers. */
function blocks(page: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../docs', page), 'utf8');
  return [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, block]) => block!);
}

const TOKENS = {
  TOKEN_KITCHEN: 'ws://127.0.0.1:9/?token=first-token',
  TOKEN_CHILDREN: 'ws://127.0.0.1:9/?token=second-token',
};

test.each(['upgrade.md', 'vi/upgrade.md'])('what docs/%s says to write loads and plans', async (page) => {
  const [perToken, agents] = blocks(page);
  const before = await plan(perToken!, TOKENS);
  const after = await plan(agents!, TOKENS);
  expect([before.servers.length, after.servers.length]).toEqual([2, 1]);
  const tokens = (made: typeof after) => made.links.map(({ endpoint }) => endpoint.token);
  expect(tokens(after)).toEqual(tokens(before));
  expect(after.links.map(({ name }) => name)).toEqual(['kitchen', 'children']);
  expect([...before.warnings, ...after.warnings]).toEqual([]);
});

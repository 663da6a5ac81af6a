import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { launchOf } from '../../helpers/launch-of.js';
import { plan, removeFolders } from './workspace.js';

afterEach(removeFolders);

test('what docs/upgrade.md says to write for remote servers loads and plans', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/upgrade.md'), 'utf8');
  const [, block] = /```json\n([\s\S]*?)```/.exec(page)!;
  const { servers, warnings } = await plan(block!);
  expect(servers.map(launchOf).map(({ command, args }) => [command, args.at(-1)])).toEqual([
    ['uvx', 'https://api.example.com/sse'],
    ['uvx', 'https://api.example.com/mcp'],
  ]);
  expect(warnings).toEqual([]);
});

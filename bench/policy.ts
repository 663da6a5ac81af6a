import { join } from 'node:path';
import { builtCommit } from './page.js';
import { mcpPipe, type Subject } from './subjects.js';

/** The last commit without rules between clients and servers. */
const BEFORE = '78d934de';

/** A pipe before there were rules, as it is without any, and with each. The server has one tool, `bench`. */
export function policySubjects(): Subject[] {
  const before = join(builtCommit(BEFORE), 'bin/mcp-pipe.js');
  const pipe = { ...mcpPipe, mode: 'pipe' as const };
  const rename = { bench: 'thu' };
  // None of them is ever reached.
  const limits = { rate: '900000000/d', concurrent: 5_000, timeout: '60s', breaker: true };
  return [
    {
      ...{ name: `${BEFORE}, before rules`, mode: 'pipe' },
      command: (config) => [process.execPath, before, '--config', config],
    },
    { ...pipe, name: 'without rules' },
    { ...pipe, name: 'with deny', entry: { tools: { deny: ['delete_*'] } } },
    { ...pipe, name: 'with deny and rename', entry: { tools: { deny: ['delete_*'], rename } }, tool: 'thu' },
    { ...pipe, name: 'with checkArguments', entry: { checkArguments: true } },
    { ...pipe, name: 'with rate, concurrent, timeout and breaker', entry: { calls: limits } },
  ];
}

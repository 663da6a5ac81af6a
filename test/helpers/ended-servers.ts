import { expect } from 'vitest';
import type { TestDaemon } from './link.js';
import { isRemote } from './strategy.js';

/**
 * Resolves when mcp-pipe knows that a server has ended: at once where it is a process. Over HTTP its stream is cut, and the
 * next request says that there is no such session; a call that comes before that fails.
 */
export async function isKnownToHaveEnded(test: TestDaemon, index = 0): Promise<void> {
  if (isRemote) await test.status('server-down', index);
}

/** What is known of a server whose process has ended like this. */
export function endedLike(process: { exitCode?: number; signal?: string }): object {
  if (isRemote) return { end: { kind: expect.stringMatching(/^(session-lost|cut|http)$/) } };
  return { why: 'exited', end: { kind: 'process', ...process } };
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from './median.js';
import { type Bench, coldStart, type Values } from './rows.js';
import type { Subject } from './subjects.js';

/** The same with another Node.js. */
export function onNode(node: string, subject: Subject): Subject {
  return { ...subject, command: (config) => [node, ...subject.command(config).slice(1)] };
}

/** As a cold start, of a program that was just installed: nothing compiled is kept from a start before. */
export async function firstStart(bench: Bench, subject: Subject): Promise<Values> {
  const env = { ...subject.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  const [value] = Object.values(await coldStart(bench, { ...subject, env }));
  return { 'first start to the first answer, ms': value! };
}

/** From start to end: a program that says its version, beside one that does nothing; in turn, so that both meet the same machine. */
export function beyondEmpty(bench: Bench, node: string): Values {
  const version: number[] = [];
  const empty: number[] = [];
  for (let i = 0; i < (bench.quick ? 5 : 15); i++) {
    version.push(wholeRun(node, [join(import.meta.dirname, '../bin/mcp-pipe.js'), '--version']));
    empty.push(wholeRun(node, ['-e', '0']));
  }
  return {
    'mcp-pipe --version, ms': median(version),
    'node -e 0, ms': median(empty),
    'mcp-pipe --version beyond node -e 0, ms': median(version) - median(empty),
  };
}

function wholeRun(node: string, args: readonly string[]): number {
  const at = performance.now();
  const { status } = spawnSync(node, args);
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - at;
}

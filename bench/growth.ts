import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from './median.js';
import { type Bench, down, up, type Values } from './rows.js';
import type { Subject } from './subjects.js';
import type { Measured } from './table.js';

/** Links in one process; what lies between two of them is compared, so that growth that is no line is seen. */
const COUNTS = [1, 100, 300, 1_000];
const MOST_MB_A_LINK = 0.12;
const MOST_MS_A_LINK = 1.5;

/** Memory and the time until all answer, from one link to a thousand. */
export async function growth(bench: Bench, subject: Subject): Promise<Values> {
  const values: Values = {};
  for (const count of bench.quick ? COUNTS.slice(0, 2) : COUNTS) {
    const links = await up(bench, subject, count);
    await delay(bench.quick ? 300 : 1_500);
    values[`${count} links, idle RSS, MB`] = links.running.rssMiB() * 1.048576;
    values[`${count} links, all answered after, ms`] = links.upMs;
    await down(links);
  }
  return values;
}

/** What each further link costs, piece by piece: the same everywhere if growth is a line. */
export function growthWords(rounds: readonly Measured[], subject: string): string {
  const each = (from: number, to: number, what: string) =>
    median(
      rounds.flatMap((round) => {
        const [less, more] = [from, to].map((count) => round[subject]?.[`${count} links, ${what}`]);
        return less === undefined || more === undefined ? [] : [(more - less) / (to - from)];
      }),
    );
  const measured = COUNTS.filter((count) => rounds[0]?.[subject]?.[`${count} links, idle RSS, MB`]);
  const pieces = measured.slice(1).map((to, i) => [measured[i]!, to] as const);
  const line = (from: number, to: number) =>
    `${subject}, from ${from} to ${to} links: ${each(from, to, 'idle RSS, MB').toFixed(3)} MB and ` +
    `${each(from, to, 'all answered after, ms').toFixed(2)} ms a link`;
  return [
    ...pieces.map(([from, to]) => line(from, to)),
    `${line(measured[0]!, measured.at(-1)!)} (targets: <= ${MOST_MB_A_LINK} MB, <= ${MOST_MS_A_LINK} ms)`,
  ].join('\n');
}

/** A command that ends by itself: the median of its time from start to end. */
export function endsItself(commandLine: readonly string[]): Subject {
  return {
    name: commandLine
      .slice(1)
      .join(' ')
      .replace(/^.*\/bin\//, ''),
    command: () => commandLine,
  };
}

export async function wholeRun(bench: Bench, subject: Subject): Promise<Values> {
  const [command, ...args] = subject.command(bench.configPath);
  const times = Array.from({ length: bench.quick ? 5 : 15 }, () => {
    const at = performance.now();
    const { status } = spawnSync(command!, args);
    if (status !== 0) throw new Error(`${subject.name} ended with ${status}`);
    return performance.now() - at;
  });
  return { 'from start to end, ms': median(times) };
}

import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, down, linksRow, up, type Values } from './rows.js';
import type { Subject } from './subjects.js';

/** Links in one process; what lies between two of them is compared, so that growth that is no line is seen. */
export const LINK_COUNTS = [1, 100, 300, 1_000];

const MEMORY = 'idle RSS, MB';
const TIME = 'all answered after, ms';
/** Of the program alone, without the servers that it starts: unlike the time, it does not depend on what else the cores do. */
const CPU = 'CPU of the start, ms';

/** Memory and the time until all answer. */
export async function growth(bench: Bench, subject: Subject, count: number): Promise<Values> {
  const links = await up(bench, subject, count);
  const cpuMs = links.running.cpuMs();
  await delay(bench.quick ? 300 : 1_500);
  const idleMb = links.running.rssMiB() * 1.048576;
  await down(links);
  return {
    [linksRow(count, MEMORY)]: idleMb,
    [linksRow(count, TIME)]: links.upMs,
    [linksRow(count, CPU)]: cpuMs,
  };
}

/** What each further link costs: piece by piece, from the first to the last, and in the dearest piece beside that. */
export function growthOf(values: Values): Values {
  const made: Values = {};
  for (const [what, unit] of [
    [MEMORY, 'MB'],
    [TIME, 'ms'],
    [CPU, 'CPU ms'],
  ] as const) {
    const points = LINK_COUNTS.flatMap((links) => {
      const value = values[linksRow(links, what)];
      return value === undefined ? [] : [{ links, value }];
    });
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last || first === last) continue;
    const slope = (from: typeof first, to: typeof first) => (to.value - from.value) / (to.links - from.links);
    const slopes = points.slice(1).map((to, i) => {
      const from = points[i]!;
      made[`from ${from.links} to ${to.links} links, ${unit} a link`] = slope(from, to);
      return slope(from, to);
    });
    made[`each further link, ${unit}`] = slope(first, last);
    if (slopes.length > 1)
      made[`each further link, ${unit}, at most / on average`] = Math.max(...slopes) / slope(first, last);
  }
  return made;
}

/** What each link costs beyond the first, in rows of idle links. */
export function furtherLink(values: Values): Values {
  const idle = Object.entries(values).flatMap(([name, value]) => {
    const links = /^(\d+) links?, idle RSS, MiB$/.exec(name)?.[1];
    return links === undefined ? [] : [{ links: Number(links), value }];
  });
  const [few, many] = [idle[0], idle.at(-1)];
  if (!few || !many || few === many) return {};
  return { 'each further link, MB': ((many.value - few.value) * 1.048576) / (many.links - few.links) };
}

import type { FeedLog, FeedLogLine } from '../../protocol/feed.js';
import { plain } from '../order.js';

/** A line with its number in the order of arrival, by which a row is known. */
export interface NumberedLine extends FeedLogLine {
  number: number;
}

/** What a person wants to see of the log. */
export interface LogFilter {
  /** The least level. */
  level: keyof typeof RANK;
  /** Name of a server or link; empty for all. */
  source: string;
  query: string;
}

const RANK = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, fatal: 5 };

/** The number of the first line of each message: what came before it may not be kept any more. */
const firsts = new WeakMap<FeedLog, number>();
let count = 0;

/** All lines, newest first. */
export function linesOf(log: readonly FeedLog[]): NumberedLine[] {
  const lines: NumberedLine[] = [];
  for (const message of log) {
    const first = firsts.get(message) ?? count;
    if (first === count) count += message.records.length;
    firsts.set(message, first);
    message.records.forEach((line, i) => {
      lines.push({ ...line, number: first + i });
    });
  }
  return lines.reverse();
}

/** How many older lines the daemon does not have any more. */
export function droppedOf(log: readonly FeedLog[]): number {
  return log[0]?.dropped ?? 0;
}

/** Those that a person wants to see. Case does not count, nor do accents where none was typed. */
export function filtered(
  lines: readonly NumberedLine[],
  { level, source, query }: LogFilter,
): NumberedLine[] {
  const typed = query.trim().toLowerCase();
  const wanted = typed.normalize();
  const comparable = plain(typed) === typed ? plain : (text: string) => text.toLowerCase().normalize();
  return lines.filter(
    (line) =>
      RANK[line.level] >= RANK[level] &&
      (source === '' || line.server === source || line.link === source) &&
      (wanted === '' || comparable(textOf(line)).includes(wanted)),
  );
}

/** `2026-11-26 14:07:55 error gia-vang [exit 1] The server ended`: oldest first, for a letter to somebody who helps. */
export function copied(lines: readonly NumberedLine[]): string {
  return [...lines]
    .reverse()
    .map((line) => `${stamp(line.at)} ${line.level} ${textOf(line)}`)
    .join('\n');
}

function textOf({ server, link, code, isStderr, text }: FeedLogLine): string {
  const source = server ?? link;
  return [source, code !== undefined && `[${code}]`, isStderr && 'stderr:', text]
    .filter((part) => part !== undefined && part !== false)
    .join(' ');
}

/** By the clock of this device, as the page shows it. */
function stamp(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

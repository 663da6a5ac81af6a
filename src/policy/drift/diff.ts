import type { DiffLine } from '../../protocol/held.js';
import { AS_WRITTEN, MEMBERS } from './definition.js';
import { showHidden } from './show-hidden.js';

/** Lines around a change that show where it is. */
const AROUND = 2;
/** Lines of one definition that are compared, without those that both begin and end with; of more, each counts as changed. */
const MOST_COMPARED = 600;
/** Lines that a difference shows. `mcp-pipe approve --json` has both definitions whole. */
export const MOST_SHOWN = 400;

/** The difference between two definitions, as `ToolDefinition.text`. Pure. @param before undefined: the tool is new, or its text was not kept */
export function diffOf(before: string | undefined, after: string): readonly DiffLine[] {
  const [old, next] = [before === undefined ? [] : linesOf(before), linesOf(after)];
  const lines = withParts(compared(old, next));
  return bounded(withoutFar(lines));
}

/** A definition as lines: texts as they are read, the rest as JSON. */
export function linesOf(definition: string): string[] {
  const tool = JSON.parse(definition) as Record<string, unknown>;
  return [...MEMBERS, AS_WRITTEN]
    .filter((key) => Object.hasOwn(tool, key))
    .flatMap((key) => {
      const value = tool[key];
      if (key === AS_WRITTEN) {
        const lines = (value as string[]).flatMap((member) => member.split(/\r?\n/));
        return [`${key}:`, ...lines.map((line) => `  ${showHidden(line)}`)];
      }
      if (typeof value !== 'string') {
        const [first = '', ...rest] = JSON.stringify(value, null, 2).split('\n');
        return [`${key}: ${first}`, ...rest].map(showHidden);
      }
      const lines = value.split(/\r?\n/).map(showHidden);
      return lines.length === 1 ? [`${key}: ${lines[0]}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)];
    });
}

function compared(old: readonly string[], next: readonly string[]): DiffLine[] {
  const most = Math.min(old.length, next.length);
  let start = 0;
  while (start < most && old[start] === next[start]) start += 1;
  let end = 0;
  while (end < most - start && old.at(-1 - end) === next.at(-1 - end)) end += 1;
  const same = (line: string): DiffLine => ({ mark: ' ', text: line });
  return [
    ...old.slice(0, start).map(same),
    ...aligned(old.slice(start, old.length - end), next.slice(start, next.length - end)),
    ...old.slice(old.length - end).map(same),
  ];
}

/** By the longest common subsequence of lines. */
function aligned(old: readonly string[], next: readonly string[]): DiffLine[] {
  const removed = (line: string): DiffLine => ({ mark: '-', text: line });
  const added = (line: string): DiffLine => ({ mark: '+', text: line });
  if (old.length > MOST_COMPARED || next.length > MOST_COMPARED)
    return [...old.map(removed), ...next.map(added)];
  const width = next.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = next.length - 1; j >= 0; j--)
      common[i * width + j] =
        old[i] === next[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < next.length) {
    if (old[i] === next[j]) {
      lines.push({ mark: ' ', text: old[i]! });
      i += 1;
      j += 1;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) lines.push(removed(old[i++]!));
    else lines.push(added(next[j++]!));
  }
  return [...lines, ...old.slice(i).map(removed), ...next.slice(j).map(added)];
}

/** Marks, in lines that took the place of others, what differs: a description may be one line of thousands of letters. */
function withParts(lines: readonly DiffLine[]): DiffLine[] {
  const marked = [...lines];
  for (let at = 0; at < marked.length; ) {
    const removed = runFrom(marked, at, '-');
    const added = runFrom(marked, at + removed, '+');
    if (removed > 0 && removed === added)
      for (let k = 0; k < removed; k++) {
        const [one, other] = [marked[at + k]!, marked[at + removed + k]!];
        const [a, b] = partsOf(one.text, other.text);
        marked[at + k] = { ...one, part: a };
        marked[at + removed + k] = { ...other, part: b };
      }
    at += Math.max(1, removed + added);
  }
  return marked;
}

function runFrom(lines: readonly DiffLine[], from: number, mark: DiffLine['mark']): number {
  let at = from;
  while (lines[at]?.mark === mark) at += 1;
  return at - from;
}

function partsOf(a: string, b: string): [readonly [number, number], readonly [number, number]] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [
    [start, a.length - end],
    [start, b.length - end],
  ];
}

/** Leaves out lines that are far from any change. */
function withoutFar(lines: readonly DiffLine[]): DiffLine[] {
  const isNear = (at: number) =>
    lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ mark }) => mark !== ' ');
  const kept: DiffLine[] = [];
  let left = 0;
  const tell = () => {
    if (left > 0) kept.push({ mark: '…', text: String(left) });
    left = 0;
  };
  for (const [at, line] of lines.entries()) {
    if (!isNear(at)) left += 1;
    else {
      tell();
      kept.push(line);
    }
  }
  tell();
  return kept;
}

function bounded(lines: readonly DiffLine[]): readonly DiffLine[] {
  if (lines.length <= MOST_SHOWN) return lines;
  return [...lines.slice(0, MOST_SHOWN), { mark: '…', text: String(lines.length - MOST_SHOWN) }];
}

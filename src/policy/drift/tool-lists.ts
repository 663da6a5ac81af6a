import type { RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { OPEN_BRACKET } from '../../protocol/json-bytes.js';
import {
  elementsOf,
  membersOf,
  type ObjectMember,
  type Range,
  spliced,
  textIn,
  valueAt,
} from '../../protocol/json-parts.js';
import { foldedKey } from '../folded-key.js';

/** The tools in an answer to `tools/list`. */
export interface ToolLists {
  /** In every list that some program may take for the answer's; those of the one that JSON.parse finds last. */
  tools: readonly Frame[];
  /** The cursor of the next page. */
  next: string | undefined;
  /** There is more than one such list. */
  isAmbiguous: boolean;
}

/** Undefined: it has no list. */
export function toolListsIn(reply: Frame): ToolLists | undefined {
  const results = resultsIn(reply);
  const lists = results.flatMap((result) => named(reply, result, 'tools'));
  if (lists.length === 0) return undefined;
  const plain = valueAt(reply, ['result', 'tools']);
  const isAmbiguous = results.length > 1 || lists.length > 1 || plain === undefined;
  const inOrder = [...lists.filter(({ start }) => start !== plain?.start), ...(plain ? [plain] : [])];
  const cursor = valueAt(reply, ['result', 'nextCursor']);
  const next = cursor && textIn(reply, cursor);
  const isArray = lists.some(({ start }) => reply[start] === OPEN_BRACKET);
  if (!isArray) return undefined;
  // Some servers write an empty cursor on the last page.
  return {
    tools: inOrder
      .flatMap((list) => elementsOf(reply, list))
      .map(({ start, end }) => reply.subarray(start, end)),
    next: next || undefined,
    isAmbiguous,
  };
}

/** Everything that some program may take for the result of an answer. */
export function resultsIn(reply: Frame): readonly Range[] {
  return named(reply, { start: 0, end: reply.length }, 'result');
}

/** The answer with one list, which every program reads alike: that which JSON.parse finds. */
export function plainList(reply: Frame, id: RawId): Frame {
  const { result } = JSON.parse(reply.toString('utf8')) as { result?: unknown };
  const { tools = [], ...others } = (result ?? {}) as Record<string, unknown>;
  const members = Object.entries(others).filter(([key]) => foldedKey(key) !== 'tools');
  const bytes = `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify({ ...Object.fromEntries(members), tools })}}`;
  return spliced(reply, [{ start: 0, end: reply.length, bytes }]);
}

/** Members that some program takes for the one of this name. */
function named(frame: Frame, within: Range, name: string): ObjectMember[] {
  return membersOf(frame, within).filter(({ key }) => foldedKey(key) === name);
}

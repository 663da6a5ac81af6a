import type { Frame } from '../protocol/frame.js';
import { elementsOf, type Range, spliced, valueAt } from '../protocol/json-parts.js';
import { nameOf } from './known-tools.js';

/** What becomes of a tool in a list: `undefined` leaves it out. */
export type EditTool = (name: string, tool: Frame) => Frame | undefined;

/** The answer to `tools/list` with the tools as `edit` returns them; undefined when none is changed. Cursors stay. */
export function editedList(reply: Frame, edit: EditTool): Frame | undefined {
  const list = valueAt(reply, ['result', 'tools']);
  if (!list) return undefined;
  let isChanged = false;
  const kept: Frame[] = [];
  for (const element of elementsOf(reply, list)) {
    const tool = reply.subarray(element.start, element.end);
    const name = nameOf(reply, element);
    // What has no name cannot be called, and no rule can speak of it.
    const edited = name === undefined ? undefined : edit(name, tool);
    isChanged ||= edited !== tool;
    if (edited) kept.push(edited);
  }
  return isChanged ? spliced(reply, [{ ...list, bytes: joined(kept) }]) : undefined;
}

function joined(tools: readonly Frame[]): Buffer {
  const parts = tools.flatMap((tool, i) => (i === 0 ? [tool] : [COMMA, tool]));
  return Buffer.concat([OPEN, ...parts, CLOSE]);
}

const [OPEN, COMMA, CLOSE] = [Buffer.from('['), Buffer.from(','), Buffer.from(']')];

/** A tool with another text as a member, whether or not it has that. */
export function withText(tool: Frame, key: 'name' | 'description', text: string): Frame {
  const whole: Range = { start: 0, end: tool.length };
  const bytes = JSON.stringify(text);
  const at = valueAt(tool, [key], whole);
  if (at) return spliced(tool, [{ ...at, bytes }]);
  const start = tool.indexOf('{') + 1;
  return spliced(tool, [{ start, end: start, bytes: `${JSON.stringify(key)}:${bytes},` }]);
}

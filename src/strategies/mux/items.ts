import type { Frame } from '../../protocol/frame.js';
import { elementsOf, type Range, spliced, textIn, valueAt } from '../../protocol/json-parts.js';

/** The lists of MCP that several servers share. */
export type ListKind = 'tools' | 'prompts' | 'resources' | 'templates';

/** What there is to know about a list (MCP "Tools", "Prompts", "Resources"). */
export interface ListMethod {
  kind: ListKind;
  /** The member of the result that holds it. */
  member: string;
  /** The member of an item that tells it from others. */
  key: string;
  capability: 'tools' | 'prompts' | 'resources';
}

export const LIST_METHODS: ReadonlyMap<string, ListMethod> = new Map([
  ['tools/list', { kind: 'tools', member: 'tools', key: 'name', capability: 'tools' }],
  ['prompts/list', { kind: 'prompts', member: 'prompts', key: 'name', capability: 'prompts' }],
  ['resources/list', { kind: 'resources', member: 'resources', key: 'uri', capability: 'resources' }],
  [
    'resources/templates/list',
    { kind: 'templates', member: 'resourceTemplates', key: 'uriTemplate', capability: 'resources' },
  ],
]);

/** One tool, prompt, resource or template as its server wrote it. */
export interface Item {
  /** Its name, or its address. */
  key: string;
  bytes: Buffer;
  /** Where the key stands in `bytes`. */
  keyAt: Range;
}

/** The items of one page; what has no key is left out, because nobody could ask for it. */
export function itemsOf(reply: Frame, { member, key }: ListMethod): Item[] {
  const list = valueAt(reply, ['result', member]);
  if (!list) return [];
  return elementsOf(reply, list).flatMap((range) => {
    const at = valueAt(reply, [key], range);
    const text = at && textIn(reply, at);
    if (!at || text === undefined) return [];
    const keyAt = { start: at.start - range.start, end: at.end - range.start };
    return [{ key: text, bytes: reply.subarray(range.start, range.end), keyAt }];
  });
}

/** The item under another key, every other byte as it was. */
export function itemAs(item: Item, key: string): Buffer {
  return key === item.key ? item.bytes : spliced(item.bytes, [{ ...item.keyAt, bytes: JSON.stringify(key) }]);
}

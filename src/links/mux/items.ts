import type { Frame } from '../../protocol/frame.js';
import { elementsOf, type Range, spliced, textIn, valueAt } from '../../protocol/json-parts.js';
import type { ItemFault, ListedKind } from '../../protocol/list-event.js';
import { checkItem } from '../../protocol/list-items/check.js';
import { isUsable } from '../../protocol/list-items/output-schema.js';
import type { Json, Outputs } from '../../protocol/list-items/rules.js';

/** The lists of MCP that several servers share. */
export type ListKind = 'tools' | 'prompts' | 'resources' | 'templates';

/** How a list is named in MCP ("Tools", "Prompts", "Resources"). */
export interface ListMethod {
  kind: ListKind;
  of: ListedKind;
  /** The member of the result that holds the list. */
  member: string;
  /** The member of an item that identifies it. */
  key: string;
  capability: 'tools' | 'prompts' | 'resources';
}

export const LIST_METHODS: ReadonlyMap<string, ListMethod> = new Map([
  ['tools/list', { kind: 'tools', of: 'tool', member: 'tools', key: 'name', capability: 'tools' }],
  ['prompts/list', { kind: 'prompts', of: 'prompt', member: 'prompts', key: 'name', capability: 'prompts' }],
  [
    'resources/list',
    { kind: 'resources', of: 'resource', member: 'resources', key: 'uri', capability: 'resources' },
  ],
  [
    'resources/templates/list',
    {
      kind: 'templates',
      of: 'template',
      member: 'resourceTemplates',
      key: 'uriTemplate',
      capability: 'resources',
    },
  ],
]);

export function methodOf(kind: ListKind): string {
  return [...LIST_METHODS].find(([, method]) => method.kind === kind)![0];
}

/** One tool, prompt, resource or template, as its server wrote it, or repaired. */
export interface Item {
  /** Name of a tool or prompt; address of a resource or template. */
  key: string;
  bytes: Buffer;
  /** Where the key stands in `bytes`. */
  keyAt: Range;
}

/** The items of one page of a list, and their faults. */
export interface Page {
  items: Item[];
  /** Violations of MCP in the page. */
  faults: ItemFault[];
}

/**
 * The items of one page; undefined when the reply holds no list. Each item is checked on its own, and repaired or dropped
 * if it is invalid, because clients reject a whole list for one invalid item. A valid item keeps its bytes.
 */
export async function pageOf(
  reply: Frame,
  { member, key, of }: ListMethod,
  outputs: Outputs,
): Promise<Page | undefined> {
  const list = valueAt(reply, ['result', member]);
  if (!list || reply[list.start] !== OPEN_BRACKET) return undefined;
  const page: Page = { items: [], faults: [] };
  for (const [index, range] of elementsOf(reply, list).entries()) {
    const value: unknown = JSON.parse(reply.toString('utf8', range.start, range.end));
    const { item, faults } = checkItem(of, value, outputs);
    const at = [...faults];
    // `outputSchema` is optional: a tool with an invalid one is kept without it.
    const schema = of === 'tool' && outputs === 'objects' ? item?.outputSchema : undefined;
    if (item && schema !== undefined && !(await isUsable(schema as Json))) {
      delete item.outputSchema;
      at.push('outputSchema');
    }
    const isSame = at.length === 0;
    const bytes = isSame ? reply.subarray(range.start, range.end) : Buffer.from(JSON.stringify(item ?? null));
    const keyAt = item && valueAt(bytes, [key]);
    const name = keyAt && textIn(bytes, keyAt);
    if (!isSame) page.faults.push({ name: name ?? `#${index + 1}`, at, isLeftOut: item === undefined });
    if (keyAt && name !== undefined) page.items.push({ key: name, bytes, keyAt });
  }
  return page;
}

/** The item with another key; all other bytes stay as they are. */
export function itemAs(item: Item, key: string): Buffer {
  return key === item.key ? item.bytes : spliced(item.bytes, [{ ...item.keyAt, bytes: JSON.stringify(key) }]);
}

const OPEN_BRACKET = 0x5b;

import type { ListedKind } from '../list-event.js';
import { DROPPED, isObject, type Json, type Outputs, PROMPT, RESOURCE, TOOL, withRules } from './rules.js';

/** Result of checking one item of a list. */
export interface CheckedItem {
  /** The item, repaired if needed; undefined when it cannot be repaired and is dropped. */
  item: Json | undefined;
  /** Paths of invalid members, for instance `inputSchema.type`; empty when the item is valid. */
  faults: readonly string[];
}

const RULES = { prompt: PROMPT, resource: RESOURCE, template: RESOURCE };
const KEYS = { tool: 'name', prompt: 'name', resource: 'uri', template: 'uriTemplate' };

/** Clients read a schema recursively, so deeper ones are dropped. Real schemas have a dozen levels. */
const MAX_DEPTH = 64;
/** Most faults of one item that are reported. */
const MAX_FAULTS = 8;

/**
 * Checks an item of `tools/list`, `prompts/list`, `resources/list` or `resources/templates/list` by the MCP schema, because
 * clients reject the merged list of all servers for one fault. Returns the same object when the item is valid.
 */
export function checkItem(kind: ListedKind, value: unknown, outputs: Outputs = 'objects'): CheckedItem {
  if (!isObject(value)) return { item: undefined, faults: ['it is no object'] };
  const key = KEYS[kind];
  if (typeof value[key] !== 'string') return { item: undefined, faults: [key] };
  if (depthOf(value) > MAX_DEPTH) return { item: undefined, faults: [`more than ${MAX_DEPTH} levels`] };
  const faults = new Set<string>();
  const isOther = (path: string) => {
    if (faults.size < MAX_FAULTS) faults.add(path);
  };
  let item = finite(value, '', isOther) as Json;
  item = withRules(item, kind === 'tool' ? TOOL[outputs] : RULES[kind], isOther);
  if (kind === 'tool' && !Object.hasOwn(item, 'inputSchema')) {
    isOther('inputSchema');
    item.inputSchema = { type: 'object' };
  }
  if (key !== 'name' && typeof item.name !== 'string') {
    isOther('name');
    item.name = value[key];
  }
  return faults.size === 0 ? { item: value, faults: [] } : { item, faults: [...faults] };
}

/** The value without numbers such as 1e999, which are infinite for clients. */
function finite(value: unknown, path: string, isOther: (path: string) => void): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    isOther(path);
    return DROPPED;
  }
  if (Array.isArray(value)) {
    let isSame = true;
    const kept = value.map((each, i) => {
      const inner = finite(each, `${path}[${i}]`, isOther);
      isSame &&= inner === each;
      return inner === DROPPED ? null : inner;
    });
    return isSame ? value : kept;
  }
  if (!isObject(value)) return value;
  let isSame = true;
  const kept = Object.entries(value).flatMap(([name, each]) => {
    const inner = finite(each, path === '' ? name : `${path}.${name}`, isOther);
    isSame &&= inner === each;
    return inner === DROPPED ? [] : [[name, inner]];
  });
  return isSame ? value : Object.fromEntries(kept);
}

function depthOf(value: unknown, most = MAX_DEPTH): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (most < 0) return 1;
  let deepest = 0;
  for (const inner of Object.values(value)) deepest = Math.max(deepest, depthOf(inner, most - 1));
  return deepest + 1;
}

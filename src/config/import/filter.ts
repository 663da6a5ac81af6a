import type { ToolFilter } from '../../protocol/tool-filter.js';
import { isRecord } from '../foreign-root.js';

/** In the order in which they count: only one of them can be the list of allowed tools. */
const ALLOWED = ['tools', 'includeTools', 'enabledTools', 'enabled_tools', 'available_tools'];
const DENIED = ['excludeTools', 'disabledTools', 'disabled_tools'];

/** Programs in which an empty list allows nothing; in others it limits nothing. */
const EMPTY_IS_NONE: Readonly<Record<string, string>> = {
  Codex: 'enabled_tools',
  'Copilot CLI': 'tools',
  'Gemini CLI': 'includeTools',
};

export interface ReadFilter {
  filter: ToolFilter | undefined;
  /** Keys that were read. */
  taken: readonly string[];
  /** Lists of allowed tools that were not used, because another one came first. */
  second: readonly string[];
}

/** Converts a tool filter: tools that the other program hides stay hidden. */
export function filterOf(raw: Readonly<Record<string, unknown>>, program: string): ReadFilter {
  const own = isRecord(raw.tools) ? raw.tools : {};
  const isOwn = isRecord(raw.tools) && Object.entries(own).every(isPart);
  const lists = ALLOWED.flatMap((key) => {
    const list = key === 'tools' && isOwn ? namesIn(own.allow) : namesIn(raw[key]);
    const saysNothing = list?.length === 0 && EMPTY_IS_NONE[program] !== key;
    return list === undefined || saysNothing ? [] : [{ key, list }];
  });
  const [allow, ...others] = lists;
  const deny = [
    ...(isOwn ? (namesIn(own.deny) ?? []) : []),
    ...DENIED.flatMap((key) => namesIn(raw[key]) ?? []),
  ];
  return {
    filter:
      allow === undefined && deny.length === 0
        ? undefined
        : {
            ...(allow ? { allow: allow.list } : {}),
            ...(deny.length > 0 ? { deny: [...new Set(deny)] } : {}),
          },
    taken: [...ALLOWED, ...DENIED].filter(
      (key) => namesIn(raw[key]) !== undefined || (key === 'tools' && isOwn),
    ),
    second: others.filter(({ list }) => String(list) !== String(allow?.list)).map(({ key }) => key),
  };
}

/** Whether it is a part of a filter in mcp-pipe's form. */
function isPart([key, value]: [string, unknown]): boolean {
  return (key === 'allow' || key === 'deny') && namesIn(value) !== undefined;
}

/** Undefined unless the value is a list of texts. */
function namesIn(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
}

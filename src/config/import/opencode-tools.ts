import { isRecord } from '../foreign-root.js';

/** How opencode's `tools` and `permission` switch the tools of one server. */
export interface ToolSwitches {
  deny: string[];
  allow: string[];
  /** True when none of its tools is offered. */
  isOff: boolean;
}

/** opencode names a tool `SERVER_TOOL`, and `*` matches anything. The second result: keys about something else. */
export function openCodeTools(
  root: unknown,
  names: readonly string[],
): { of: (name: string) => ToolSwitches; others: string[]; asking: string[] } {
  const switches = new Map(
    names.map((name) => [name, { deny: [], allow: [], isOff: false } as ToolSwitches]),
  );
  const others: string[] = [];
  const asking: string[] = [];
  for (const key of ['tools', 'permission'] as const) {
    const section = isRecord(root) ? root[key] : undefined;
    if (section !== undefined && !isRecord(section)) others.push(key);
    for (const [pattern, said] of Object.entries(isRecord(section) ? section : {})) {
      const meant = names.filter((name) => toolOf(name, pattern) !== undefined);
      const path = `${key}.${pattern}`;
      if (meant.length === 0) others.push(path);
      else if (said === 'ask') asking.push(path);
      else if (said !== false && said !== 'deny' && said !== true && said !== 'allow') others.push(path);
      for (const name of meant) apply(switches.get(name)!, toolOf(name, pattern)!, said);
    }
  }
  return { of: (name) => settled(switches.get(name)!), others, asking };
}

function apply(tools: ToolSwitches, tool: string, said: unknown): void {
  if (said === true || said === 'allow') tools.allow.push(tool);
  if (said !== false && said !== 'deny') return;
  if (tool === '*') tools.isOff = true;
  else tools.deny.push(tool);
}

/** Tools allowed by name count only when all others are hidden. */
function settled({ deny, allow, isOff }: ToolSwitches): ToolSwitches {
  const named = allow.filter((tool) => tool !== '*');
  if (isOff && named.length > 0) return { deny, allow: named, isOff: false };
  return { deny, allow: [], isOff: isOff && !allow.includes('*') };
}

/** The tool of this server that a pattern matches; undefined when it matches none. */
function toolOf(name: string, pattern: string): string | undefined {
  const prefix = `${name.replace(/[^\w-]/g, '_')}_`;
  if (pattern.startsWith(prefix) && pattern.length > prefix.length) return pattern.slice(prefix.length);
  const stem = /^([^*]*)\*+$/.exec(pattern)?.[1];
  // `*` alone matches the tools of every server, too.
  return stem !== undefined && prefix.startsWith(stem) ? '*' : undefined;
}

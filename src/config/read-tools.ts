import type { Finding } from '../protocol/errors.js';
import { errorAt, warningAt } from './finding.js';
import type { JsonPath } from './json-source.js';
import type { Place } from './place.js';
import type { RawServer } from './schema.js';
import { readFilter, type ServerOptions } from './server-options.js';

type ToolsOptions = Pick<ServerOptions, 'tools' | 'rename' | 'describe'>;

/** Which tools of an entry clients see, and how: `tools`, and other programs' keys that mean the same. */
export function readTools(
  entry: RawServer,
  placeOf: (...inside: JsonPath) => Place,
): { tools: ToolsOptions; findings: Finding[] } {
  const { tools = {}, includeTools, enabledTools, excludeTools = [], disabledTools = [] } = entry;
  const findings: Finding[] = [];
  const own = readFilter(tools);
  let { allow } = own;
  for (const [key, names] of Object.entries({ includeTools, enabledTools })) {
    if (names === undefined || names.length === 0) continue;
    // The entry has two lists of allowed tools, and nothing shows which one is meant.
    if (allow !== undefined) findings.push(warningAt(placeOf(key), 'allowed-twice', { key }));
    else allow = names;
  }
  const deny = [...(own.deny ?? []), ...excludeTools, ...disabledTools];
  const filter = { ...(allow === undefined ? {} : { allow }), ...(deny.length > 0 ? { deny } : {}) };
  const { rename = {}, describe = {} } = Array.isArray(tools) ? {} : tools;
  const names = Object.entries(rename);
  for (const [i, [name, to]] of names.entries()) {
    const first = names.slice(0, i).find(([, other]) => other === to)?.[0];
    if (first === undefined) continue;
    findings.push(errorAt(placeOf('tools', 'rename', name), 'renamed-alike', { name, first, to }));
  }
  return { tools: { tools: filter, rename, describe }, findings };
}

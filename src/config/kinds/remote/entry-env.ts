import type { Finding } from '../../../protocol/errors.js';
import { warningAt } from '../../finding.js';
import { isRecord } from '../../foreign-root.js';
import type { EntryReader } from '../kind.js';
import type { RemoteEntry } from './keys.js';

/** A warning for variables that nobody reads: a remote server is no process, and its entry does not refer to them. */
export function unusedVariables(
  { headersCommand, headersHelper }: RemoteEntry,
  { raw, placeOf }: EntryReader,
): Finding[] {
  if ((headersCommand ?? headersHelper) !== undefined || !isRecord(raw) || !isRecord(raw.env)) return [];
  const { env, ...rest } = raw;
  const others = JSON.stringify(rest);
  const names = Object.keys(env as object);
  const unused = names.filter(
    (name) => name !== 'MCP_ENDPOINT' && !isNamed(name, others + valuesBut(name, raw.env)),
  );
  return unused.length === 0 ? [] : [warningAt(placeOf('env'), 'env-of-remote', { names: unused })];
}

function isNamed(name: string, text: string): boolean {
  return new RegExp(`\\$\\{(env:)?${name.replace(/[^\w]/g, '\\$&')}(\\}|:-)`).test(text);
}

function valuesBut(name: string, env: unknown): string {
  return Object.entries(env as object)
    .filter(([other]) => other !== name)
    .map(([, value]) => String(value))
    .join(' ');
}

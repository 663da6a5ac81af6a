import { applyEdits } from 'jsonc-parser';
import { insert, member, rootOf } from './edit.js';
import { SECTIONS } from './foreign-keys.js';
import { isRecord } from './foreign-root.js';
import { SWITCHES } from './switch-keys.js';

/** Where the entry of a server or agent is. */
export type SwitchedKind = 'server' | 'agent';

/**
 * Returns the text in which this entry is on or off, by the keys that it has, else by `disabled`; every other byte stays.
 * Undefined when there is no such entry, or it is no object.
 */
export function withSwitch(
  text: string,
  kind: SwitchedKind,
  name: string,
  isOn: boolean,
): string | undefined {
  const root = rootOf(text);
  for (const section of root === undefined ? [] : sectionsOf(kind)) {
    const entries = member(root!, section)?.children?.[1];
    const entry = entries && member(entries, name)?.children?.[1];
    if (entry?.type !== 'object') continue;
    const written = Object.keys(SWITCHES).flatMap((key) => member(entry, key)?.children?.[1] ?? []);
    if (written.length === 0) return isOn ? text : insert(text, entry, 'disabled', true);
    return applyEdits(
      text,
      written.map(({ offset, length, parent }) => {
        const key = String(parent!.children![0]!.value);
        return { offset, length, content: String(SWITCHES[key] === isOn) };
      }),
    );
  }
  return undefined;
}

/** The configuration in which this entry is on or off, as `withSwitch` writes it. */
export function switched(root: unknown, kind: SwitchedKind, name: string, isOn: boolean): unknown {
  const copy = structuredClone(root) as Record<string, Record<string, Record<string, unknown>>>;
  const section = sectionsOf(kind).find(
    (key) => isRecord(copy[key]) && Object.hasOwn(copy[key], name) && isRecord(copy[key][name]),
  );
  const entry = section === undefined ? undefined : copy[section]![name];
  if (entry === undefined) return copy;
  const written = Object.keys(SWITCHES).filter((key) => Object.hasOwn(entry, key));
  for (const key of written) entry[key] = SWITCHES[key] === isOn;
  if (written.length === 0 && !isOn) entry.disabled = true;
  return copy;
}

function sectionsOf(kind: SwitchedKind): readonly string[] {
  return kind === 'agent' ? ['agents'] : SECTIONS;
}

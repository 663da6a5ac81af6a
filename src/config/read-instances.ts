import type { Finding } from '../protocol/errors.js';
import type { CopiesSettings } from '../servers/life-copies.js';
import { warningAt } from './finding.js';
import type { RawInstances } from './instances-schema.js';
import type { ServerKind } from './kinds/kinds.js';
import type { Place } from './place.js';

/** `"instances"` of a server, once the schema has let it through; undefined: one process, as it always was. */
export function readInstances(
  raw: RawInstances | undefined,
  kind: ServerKind,
  place: () => Place,
): { instances?: CopiesSettings; findings: Finding[] } {
  if (raw === undefined) return { findings: [] };
  if (kind !== 'stdio') return { findings: [warningAt(place(), 'instances-remote', { kind })] };
  return { instances: typeof raw === 'number' ? { count: raw } : raw, findings: [] };
}

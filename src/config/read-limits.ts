import { machineUsage } from '../process/tree-usage.js';
import type { Finding } from '../protocol/errors.js';
import type { ResourceLimits } from '../protocol/resource-limits.js';
import { warningAt } from './finding.js';
import { LIMITS } from './limits-defaults.js';
import type { RawLimits } from './limits-schema.js';
import type { Place } from './place.js';
import { bytesOf } from './size.js';

interface About {
  kind: string;
  placeOf: (...inside: string[]) => Place;
  /** Memory of the machine, in bytes. Default: of this one. */
  totalBytes?: number;
}

/** `"limits"` of a server, once the schema has let it through; undefined: none. */
export function readLimits(
  raw: RawLimits | undefined,
  { kind, placeOf, totalBytes }: About,
): { limits: ResourceLimits | undefined; findings: Finding[] } {
  if (raw === undefined) return { limits: undefined, findings: [] };
  // It runs elsewhere.
  if (kind !== 'stdio') {
    const finding = warningAt(placeOf('limits'), 'keys-of-other-kind', { keys: ['limits'], kind });
    return { limits: undefined, findings: [finding] };
  }
  const { memory: written, cpu, pids } = raw;
  const memory = typeof written === 'string' ? bytesOf(written) : written;
  const findings: Finding[] = [];
  if (memory !== undefined && memory < LIMITS.memoryOfNode) {
    const params = { memory, node: LIMITS.memoryOfNode };
    findings.push(warningAt(placeOf('limits', 'memory'), 'memory-limit-low', params));
  }
  // Reads files of the system, so only where it matters.
  const ofMachine = () => totalBytes ?? machineUsage().totalBytes;
  if (memory !== undefined && memory > ofMachine()) {
    const params = { memory, totalBytes: ofMachine() };
    findings.push(warningAt(placeOf('limits', 'memory'), 'memory-limit-high', params));
  }
  if (pids !== undefined && pids < LIMITS.pidsOfNode) {
    findings.push(warningAt(placeOf('limits', 'pids'), 'pids-limit-low', { pids, node: LIMITS.pidsOfNode }));
  }
  const limits: ResourceLimits = {
    ...(memory === undefined ? {} : { memory }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(pids === undefined ? {} : { pids }),
  };
  return { limits: Object.keys(limits).length === 0 ? undefined : limits, findings };
}

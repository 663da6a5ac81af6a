import type { CheckResult } from '../../config/check/check.js';
import { warningAt } from '../../config/finding.js';
import { fetchedPackage } from '../../config/kinds/stdio/fetched-package.js';
import { commandKey, readFootprints, type Saving, savingOf } from '../../daemon/footprint-file.js';
import {
  fits,
  type Machine,
  type MemoryNeed,
  memoryNeed,
  type NeedingServer,
} from '../../daemon/memory-need.js';
import type { AuditedPackage } from '../../daemon/package-audit/audit-packages.js';
import type { Lockable } from '../../daemon/packages/lock-states.js';
import { texts } from '../../messages/commands/memory.js';
import { escapeControls } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import type { Finding } from '../../protocol/errors.js';
import { savedLines } from './lock-saves.js';

/** What the servers will need, and what was measured both ways of each. */
export interface CheckedMemory {
  need: MemoryNeed;
  savings: Readonly<Record<string, Saving>>;
}

/** What is checked, and what it will need. */
export type CheckReport = CheckResult & {
  memory?: CheckedMemory | undefined;
  /** The worst locked package that is known of. */
  worstPackage?: AuditedPackage | undefined;
};

type Checked = Pick<CheckResult, 'servers'>;

/**
 * @param folder The state folder of the configuration.
 * @param lockOf Whether a server is started directly, or could be.
 * @returns undefined when no server is a package: nothing is known of others.
 */
export function memoryOf(
  { servers }: Checked,
  folder: string,
  lockOf: (server: string) => Lockable['is'] | undefined,
  machine?: Machine,
): CheckedMemory | undefined {
  const footprints = readFootprints(folder);
  const needing = servers.map((server): NeedingServer => {
    const { name, start, copies } = server;
    const one = { name, copies, lock: lockOf(name), isOnDemand: start === 'demand' };
    if (server.kind !== 'stdio') return { ...one, from: 'remote', footprint: undefined };
    // What is in a container was not seen.
    if (server.confinement?.image) return { ...one, from: undefined, footprint: undefined };
    return {
      ...one,
      from: fetchedPackage(server.command, server.args)?.registry,
      footprint: footprints.get(commandKey(server)),
    };
  });
  if (!needing.some(({ from }) => from === 'npm' || from === 'pypi')) return undefined;
  const savings = needing.flatMap(({ name, footprint, copies, lock }) => {
    // What was measured when it was started directly says nothing of one that no longer is.
    const saving = lock === 'locked' && savingOf(footprint ?? {}, copies);
    return saving ? [[name, saving] as const] : [];
  });
  return { need: memoryNeed(needing, machine), savings: Object.fromEntries(savings) };
}

/** The warning when there is less memory than the servers will need, at the largest of them. */
export function memoryFindings({ servers }: Checked, { need }: CheckedMemory): Finding[] {
  const { largest, machineBytes, isConstrained, atOnceBytes, systemBytes } = need;
  const server = servers.find(({ name }) => name === largest?.name);
  if (!largest || !server || fits(need)) return [];
  const counted = need.servers.filter(({ bytes }) => bytes !== undefined && bytes > 0);
  const params = {
    ...{ needed: atOnceBytes + systemBytes, has: machineBytes, isConstrained },
    ...{ name: largest.name, largest: largest.bytes ?? 0 },
    canLock: counted.some(({ start, lockSaves = 0 }) => start === 'written' && lockSaves > 0),
    canWait: counted.some(({ isOnDemand }) => !isOnDemand),
  };
  return [warningAt(server.placeOf(), 'memory-short', params)];
}

/** For people; empty when nothing is known. */
export function memoryLines(memory: CheckedMemory | undefined, lang: Lang): string[] {
  if (!memory) return [];
  const words = texts[lang];
  const { need, savings } = memory;
  const { totalBytes, atOnceBytes, servers, unknown } = need;
  const countOf = (wanted: string) => servers.filter(({ source }) => source === wanted).length;
  const savedBy = (wanted: string) =>
    servers.reduce((sum, { start, lockSaves }) => sum + (start === wanted ? (lockSaves ?? 0) : 0), 0);
  const [could, does] = [savedBy('written'), savedBy('direct')];
  return [
    words.need({ ...need, unknown, measured: countOf('measured'), estimated: countOf('estimated') }),
    ...(atOnceBytes < totalBytes ? [words.atOnce({ bytes: atOnceBytes })] : []),
    ...(could > 0 ? [words.lockCouldSave({ bytes: could })] : []),
    ...(does > 0 ? [words.lockSaves({ bytes: does })] : []),
    ...savedLines(savings, lang),
  ].map(escapeControls);
}

/** The same for programs; sizes in bytes, times in milliseconds. */
export function memoryJson(memory: CheckedMemory | undefined): object | null {
  if (!memory) return null;
  const { servers, largest, ...sums } = memory.need;
  return {
    ...sums,
    fits: fits(memory.need),
    largest: largest?.name ?? null,
    servers: servers.map(({ bytes, start, lockSaves, ...server }) => ({
      ...server,
      bytes: bytes ?? null,
      start: start ?? null,
      lockSavesBytes: lockSaves ?? null,
      measuredBothWays: memory.savings[server.name] ?? null,
    })),
  };
}

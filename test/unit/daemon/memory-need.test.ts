import { expect, it } from 'vitest';
import { FOOTPRINTS } from '../../../src/daemon/footprint-defaults.js';
import { fits, memoryNeed, type NeedingServer } from '../../../src/daemon/memory-need.js';

const MB = 1e6;
const { ownBytes, estimatedBytes, systemBytes } = FOOTPRINTS;
const measured = (memoryBytes: number) => ({ memoryBytes, startMs: 1, at: 1 });

const server = (name: string, of: Partial<NeedingServer> = {}): NeedingServer => ({
  ...{ name, from: 'npm', lock: 'unlocked', isOnDemand: false, copies: 1, footprint: undefined },
  ...of,
});
const machine = { totalBytes: 1_000 * MB, isConstrained: false };

it('what was measured counts, else what is usual for the registry, else nothing', () => {
  const need = memoryNeed(
    [
      server('measured', { footprint: { written: measured(200 * MB) } }),
      server('estimated', { from: 'pypi' }),
      server('program', { from: undefined }),
      server('elsewhere', { from: 'remote' }),
    ],
    machine,
  );
  expect(need.servers.map(({ source }) => source)).toEqual(['measured', 'estimated', 'unknown', 'remote']);
  expect(need.totalBytes).toBe(ownBytes + 200 * MB + estimatedBytes.pypi.written);
  expect(need.unknown).toEqual(['program']);
  expect(need.largest!.name).toBe('measured');
});

it('a locked server counts as it is started directly, each copy of it', () => {
  const footprint = { written: measured(157 * MB), direct: { ...measured(68 * MB), version: '1.0.0' } };
  const [locked, written] = memoryNeed(
    [server('a', { lock: 'locked', footprint, copies: 3 }), server('b', { footprint })],
    machine,
  ).servers;
  expect(locked).toMatchObject({ bytes: 204 * MB, start: 'direct', lockSaves: 267 * MB });
  expect(written).toMatchObject({ bytes: 157 * MB, start: 'written', lockSaves: 89 * MB });
});

it('of servers on demand, the largest runs at once', () => {
  const onDemand = (name: string, bytes: number) =>
    server(name, { isOnDemand: true, footprint: { written: measured(bytes) } });
  const need = memoryNeed(
    [
      server('kept', { footprint: { written: measured(100 * MB) } }),
      onDemand('a', 50 * MB),
      onDemand('b', 80 * MB),
    ],
    machine,
  );
  expect(need.totalBytes).toBe(ownBytes + 230 * MB);
  expect(need.atOnceBytes).toBe(ownBytes + 180 * MB);
});

it('outside a container, the system needs room as well', () => {
  const servers = [server('a', { footprint: { written: measured(machine.totalBytes - ownBytes) } })];
  expect(fits(memoryNeed(servers, { ...machine, isConstrained: true }))).toBe(true);
  expect(fits(memoryNeed(servers, machine))).toBe(false);
  expect(memoryNeed(servers, machine).systemBytes).toBe(systemBytes);
});

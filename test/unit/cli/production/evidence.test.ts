import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deploymentOf } from '../../../../src/cli/production/evidence.js';
import { thisMachine } from '../../../../src/config/check/host.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-evidence-'));
  mkdirSync(join(folder, 'compose'));
  mkdirSync(join(folder, 'state/production/backups'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const backupAt = () =>
  deploymentOf({ file: join(folder, 'compose/docker-compose.prod.yml'), services: [] }, thisMachine())
    .backupAt;

it('a backup is a file that backup.sh has finished, and not what a killed one has left', () => {
  const backups = join(folder, 'state/production/backups');
  mkdirSync(join(backups, '.making_production_1-abc'));
  writeFileSync(join(backups, 'mcp-pipe_production_1.0.0_b.backup'), '');
  expect(backupAt()).toBe(undefined);
  const file = join(backups, 'mcp-pipe_production_1.0.0_d.backup');
  writeFileSync(file, 'data');
  utimesSync(file, 1_000, 1_000);
  expect(backupAt()).toBe(1_000_000);
});

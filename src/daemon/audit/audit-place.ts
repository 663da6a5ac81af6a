import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../process/make-folder.js';
import type { AuditPlan } from '../../protocol/audit.js';
import { makeStateFolder } from '../state-folder.js';

/** Where the audit log is. `folder`: the state folder of the configuration. */
export function auditFile({ file }: Pick<AuditPlan, 'file'>, folder: string): string {
  return file ?? join(folder, 'audit.jsonl');
}

/** Makes the folder of the audit log, for this user only. @throws the system's error */
export function makeAuditFolder({ file }: Pick<AuditPlan, 'file'>, folder: string): void {
  if (file === undefined) makeStateFolder(folder);
  else makeFolder(dirname(file), 0o700);
}

/** Whether the file ends within a line, because its run was killed. */
export function endsTorn(file: string): boolean {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  try {
    const fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const { size } = fstatSync(fd);
      const last = Buffer.alloc(1);
      return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== '\n';
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

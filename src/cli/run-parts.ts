import type { Plan } from '../config/plan.js';
import type { RunAudit, RunAuditOptions } from '../daemon/audit/run-audit.js';
import type { CountedRun, RunCounts } from '../daemon/run-counts.js';
import { version } from './version.js';

/** What is counted for page and metrics, whose code is loaded now. */
export async function countsOf(plan: Plan, run: CountedRun): Promise<RunCounts> {
  const { openCounts } = await import('../daemon/run-counts.js');
  return openCounts(plan, version(), run);
}

/** The audit log, whose code is loaded now. */
export async function auditOf(plan: Plan, options: RunAuditOptions): Promise<RunAudit> {
  const { RunAudit } = await import('../daemon/audit/run-audit.js');
  return new RunAudit(plan, options);
}

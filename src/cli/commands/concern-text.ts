import type { AuditedPackage } from '../../daemon/package-audit/audit-packages.js';
import type { texts } from '../../messages/commands/audit-packages.js';

type Concern = AuditedPackage['concerns'][number];

/** A concern about a package, in words. */
export function concernText(concern: Concern, { concerns }: (typeof texts)['en']): string {
  // Each text takes what its concern has.
  return (concerns[concern.is] as (of: Concern) => string)(concern);
}

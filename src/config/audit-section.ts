import { resolve } from 'node:path';
import type { AuditPlan } from '../protocol/audit.js';
import type { Finding } from '../protocol/errors.js';
import { AUDIT } from './audit-defaults.js';
import { checkPart, keysOf } from './check-part.js';
import { workspaceFolder } from './editor-variables.js';
import type { Environment } from './environment.js';
import type { JsonSource } from './json-source.js';
import { SectionReader, withoutComments } from './section-reader.js';
import { bytesOf } from './size.js';

/** The section `audit`, read. */
export interface AuditConfig {
  plan: AuditPlan | undefined;
  secrets: readonly string[];
  findings: readonly Finding[];
}

/** What `true`, and `--audit`, mean. */
export const PLAIN_AUDIT: AuditPlan = {
  ...{ file: undefined, arguments: false, keep: AUDIT.keep, sizeBytes: AUDIT.sizeBytes },
};

/** Reads `audit`: `true`, `false`, an object, or nothing. */
export async function readAudit(
  source: JsonSource,
  raw: unknown,
  environment: Environment,
): Promise<AuditConfig> {
  const none = { plan: undefined, secrets: [], findings: [] };
  if (raw === undefined || raw === false) return none;
  if (raw === true) return { ...none, plan: PLAIN_AUDIT };
  const reader = new SectionReader('audit', source, environment);
  const cleaned = withoutComments(raw);
  const { issues, value } = await checkPart('audit', cleaned);
  reader.addIssues(cleaned, issues, () => keysOf('audit'));
  const file = reader.text(['file'], value.file);
  const { keep = AUDIT.keep, size = AUDIT.sizeBytes, arguments: takesArguments = false } = value;
  return {
    plan: {
      file: file ? resolve(workspaceFolder(source.file), file) : undefined,
      ...{ keep, arguments: takesArguments },
      sizeBytes: typeof size === 'string' ? bytesOf(size)! : size,
    },
    secrets: reader.secrets,
    findings: reader.findings,
  };
}

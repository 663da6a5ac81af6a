import type { DoctorId, DoctorParams } from '../../messages/doctor-words.js';

/** What is examined, in the order of the report. */
export const SECTIONS = [
  'config',
  'machine',
  'network',
  'endpoint',
  'redis',
  'registry',
  'server',
  'owner',
  'black-box',
] as const;
export type Section = (typeof SECTIONS)[number];

/** `skipped`: not examined, with the reason. */
export type Severity = 'ok' | 'warning' | 'error' | 'skipped';

/** One line of the report. */
export interface Item {
  section: Section;
  /** A host, server, link, token (`#1a2b3c4d`) or registry; empty when the line is about mcp-pipe itself. */
  about: string;
  severity: Severity;
  id: DoctorId;
  /** Facts of the line, plain JSON. Texts in them may be foreign, and hold secrets until they are redacted. */
  params: object;
}

/** Makes a line; the parameters fit the id. */
export function item<Id extends DoctorId>(
  severity: Severity,
  section: Section,
  about: string,
  id: Id,
  params: DoctorParams<Id>,
): Item {
  return { section, about, severity, id, params: params as object };
}

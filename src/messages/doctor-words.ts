import type { Diagnosis } from '../protocol/diagnosis.js';
import type { Finding } from '../protocol/errors.js';
import type { DoctorText } from './doctor-parts.js';
import { doctor as en } from './en/doctor.js';
import { type Lang, wordFinding } from './index.js';
import { doctor as vi } from './vi/doctor.js';
import { formatCause } from './words.js';

type Table = typeof en;

/** Ids of what `mcp-pipe doctor` says. Stable: programs may compare with them. */
export type DoctorId = keyof Table;

/** The parameters of an id; those of ids that name a cause have a diagnosis. */
export type DoctorParams<Id extends DoctorId> = Id extends 'finding'
  ? { finding: Finding }
  : Parameters<Table[Id]> extends [infer Params, infer _]
    ? Params & { diagnosis: Diagnosis }
    : Parameters<Table[Id]> extends [infer Params]
      ? Params
      : Record<never, never>;

/** A line of the doctor before it is worded. */
export interface DoctorSaid {
  id: DoctorId;
  params: object;
}

/** Words a line of the doctor. */
export function wordDoctor({ id, params }: DoctorSaid, lang: Lang): DoctorText {
  const table: Table = { en, vi }[lang];
  const say = table[id] as (params: object, cause?: { what: string; next: string }) => DoctorText;
  const { diagnosis, finding } = params as { diagnosis?: Diagnosis; finding?: Finding };
  if (finding) return say(wordFinding(finding, lang));
  return say(params, diagnosis && formatCause(diagnosis, lang));
}

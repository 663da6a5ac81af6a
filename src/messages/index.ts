import type { ConfigError, Finding } from '../protocol/errors.js';
import type { FindingId } from './codes.js';
import * as en from './en/index.js';
import type { FindingText } from './parts.js';
import * as vi from './vi/index.js';

/** The languages of every text for people. */
export type Lang = 'en' | 'vi';

export const LANGS: readonly Lang[] = ['en', 'vi'];

/** The type of all messages; the English texts define it. */
export type Messages = typeof en;

/** Parameters of a finding's message; undefined when it has none. */
export type FindingParams<Id extends FindingId> =
  Parameters<Messages['findings'][Id]> extends [infer Params] ? Params : undefined;

const TABLE: Readonly<Record<Lang, Messages>> = { en, vi };

/** All messages in one language. */
export function messagesFor(lang: Lang): Messages {
  return TABLE[lang];
}

/** A finding in words: where it stands, what was expected, what came, and what to do. */
export interface FindingWords extends FindingText {
  /** `mcp_config.json:12: mcpServers.calc.command`; empty when the finding has no place. */
  where: string;
}

/** Returns a finding in words of a language, part by part (D107). */
export function wordFinding(finding: Finding, lang: Lang): FindingWords {
  const { file, line, path, id, params } = finding;
  const where = [line === undefined ? file : `${file}:${line}`, path]
    .filter((part) => part !== '')
    .join(': ');
  const say = messagesFor(lang).findings[id as FindingId] as (params: Finding['params']) => FindingText;
  return { where, ...say(params) };
}

/** `The configuration cannot be used: 2 errors and one warning` */
export function formatHeadline(
  { headline, findings }: Pick<ConfigError, 'headline' | 'findings'>,
  lang: Lang,
): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return messagesFor(lang).headlines[headline]({ errors, warnings: findings.length - errors });
}

export type ImportNoteId = keyof Messages['importNotes'];

/** What was done with a part of an imported configuration, in words. */
export type ImportNote = {
  [Id in ImportNoteId]: { id: Id; params: Parameters<Messages['importNotes'][Id]>[0] };
}[ImportNoteId];

export function formatImportNote({ id, params }: ImportNote, lang: Lang): string {
  const say = messagesFor(lang).importNotes[id] as (given: ImportNote['params']) => string;
  return say(params);
}

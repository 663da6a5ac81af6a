import type { PlanDiff } from '../config/diff-plan.js';
import { formatError } from '../messages/format-error.js';
import { formatFinding } from '../messages/format-finding.js';
import { escapeControls } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { ConfigError, type Finding, McpPipeError } from '../protocol/errors.js';
import type { ConfigurationState } from './running-config.js';

/** An error or warning of the configuration in words. */
export interface FindingText {
  code: string;
  severity: 'error' | 'warning';
  text: string;
}

/** What `health` and `status` report of the configuration. Times are milliseconds since 1970. */
export type ConfigurationHealth = Omit<ConfigurationState, 'refused'> & {
  /** The last edit that could not be used, in the language of the report. */
  refused: { at: number; text: string; findings: FindingText[] } | undefined;
};

export function configurationHealth(
  { refused, ...state }: ConfigurationState,
  lang: Lang,
): ConfigurationHealth {
  const said = refused && formatRefusedEdit(refused.error, lang, state.watching);
  return { ...state, refused: refused && said && { at: refused.at, ...said } };
}

/**
 * Why a changed configuration was refused: one sentence, and each finding.
 *
 * @param watching Whether the next edit is read by itself.
 */
export function formatRefusedEdit(
  error: Error,
  lang: Lang,
  watching: boolean,
): { text: string; findings: FindingText[] } {
  const findings = error instanceof ConfigError ? findingTexts(error.findings, lang) : [ofError(error, lang)];
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return { text: messagesFor(lang).reload.refused({ errors, watching }), findings };
}

export function findingTexts(findings: readonly Finding[], lang: Lang): FindingText[] {
  return findings.map((finding) => ({
    ...{ code: finding.code, severity: finding.severity },
    text: escapeControls(formatFinding(finding, lang)),
  }));
}

function ofError(error: Error, lang: Lang): FindingText {
  if (!(error instanceof McpPipeError))
    return {
      code: (error as NodeJS.ErrnoException).code ?? 'UNEXPECTED',
      severity: 'error',
      text: error.message,
    };
  const { what, next } = formatError(error, lang);
  const text = escapeControls([what, next].filter(Boolean).join(' '));
  return { code: error.code, severity: 'error', text };
}

/** What a reload did, as one line for people. */
export function formatReload(diff: PlanDiff, lang: Lang): string {
  const { reload } = messagesFor(lang);
  const named = (all: readonly { name: string; change: string }[], ...changes: string[]) =>
    all.filter(({ change }) => changes.includes(change)).map(({ name }) => name);
  const changesOf = (all: readonly { name: string; change: string }[]) => ({
    added: named(all, 'added'),
    removed: named(all, 'removed'),
    restarted: named(all, 'restarted', 'replaced'),
    updated: named(all, 'updated', 'members-changed'),
    kept: named(all, 'kept').length,
  });
  const [servers, links] = [changesOf(diff.servers), changesOf(diff.links)];
  const isSame = [...diff.servers, ...diff.links].every(({ change }) => change === 'kept');
  const parts = [
    'alerts',
    'sentry',
    'otlp',
    'audit',
    'redis',
    'gateway',
    'ui',
    'profiles',
    'clients',
  ] as const;
  const changed = parts.filter((part) => diff[part]);
  if (isSame && changed.length === 0) return reload.unchanged;
  return [reload.changed({ servers, links }), ...changed.map((part) => reload[part])].join(' ');
}

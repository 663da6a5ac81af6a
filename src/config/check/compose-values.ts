import { join, resolve } from 'node:path';
import type { CheckHost } from './host.js';

/** Text of the Dockerfile that a service is built from; undefined: none, or it cannot be read. `here`: the folder of the compose file. */
export function dockerfileOf(build: unknown, here: string, host: CheckHost): string | undefined {
  if (build === undefined || build === null) return undefined;
  const { context, dockerfile } = record(build);
  const folder = resolve(here, typeof build === 'string' ? build : String(context ?? '.'));
  return host.textOf(join(folder, typeof dockerfile === 'string' ? dockerfile : 'Dockerfile'));
}

/** Milliseconds of `1m30s`, `30s`, `500ms`; undefined for anything else. */
export function durationMs(written: unknown): number | undefined {
  if (typeof written !== 'string' || written === '') return undefined;
  const units: Record<string, number> = { us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, amount, unit] of written.matchAll(/([\d.]+)(us|ms|s|m|h)/g)) {
    total += Number(amount) * units[unit!]!;
  }
  return /^([\d.]+(us|ms|s|m|h))+$/.test(written) ? total : undefined;
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function list(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * Fills in `${NAME}`, `${NAME:-default}`, `$NAME`. `unset` says what stands for a variable without value and default, of which it gets
 * what is written; compose takes an empty text.
 */
export function fillIn(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  unset: (written: string) => string = () => '',
): string {
  return text.replace(
    /\$\$|\$\{(\w+)(?:(:?[-?+])([^}]*))?\}|\$(\w+)/g,
    (whole, name?: string, sign?: string, word?: string, bare?: string) => {
      if (whole === '$$') return '$';
      const value = env[name ?? bare ?? ''];
      return sign?.endsWith('-') ? value || (word ?? '') : (value ?? unset(whole));
    },
  );
}

import * as z from 'zod';
import { rateText } from '../protocol/rate-text.js';
import { largest } from './defaults.js';
import type { Wants } from './kinds/kind.js';
import { durationMs } from './mode.js';
import { DEFAULT_RATE, rateOf } from './rate.js';
import { bytesOf } from './size.js';

/** What is expected, encoded as a message of zod, because zod's messages are plain texts. */
export const wants: Wants = (id, bounds = {}) => ({ error: JSON.stringify({ id, ...bounds }) });

// Editors and docs/configuration.md show each description.
export const text = z.string(wants('text'));
/** Values that people write for a text; they become texts, with a warning. */
export const textLike = z.union([z.string(), z.number(), z.boolean()], wants('text'));
/** Values that people write for true and false. */
export const yesOrNo = z.union(
  [z.boolean(), z.string().regex(/^(true|false)$/i, wants('true-or-false'))],
  wants('true-or-false'),
);

/** Milliseconds, or a text with a unit. */
export function duration(least: number): z.ZodType<string | number> {
  const bounds = { least, most: largest('ms') };
  const bad = wants('duration', bounds);
  const isWithin = (ms = Number.NaN) => ms >= bounds.least && ms <= bounds.most;
  return z.union(
    [
      z.number(bad).min(bounds.least, bad).max(bounds.most, bad),
      z
        .string(bad)
        .regex(/^\s*\d+(\.\d+)?\s*(ms|s|m|h)?\s*$/, bad)
        .refine((written) => isWithin(durationMs(written)), bad),
    ],
    bad,
  );
}

/** Bytes, or a text with a unit; `bytesOf` reads it. */
export function size(least: number, most: number) {
  const bad = wants('size', { least, most });
  const isSize = (bytes = Number.NaN) => bytes >= least && bytes <= most;
  return z.union(
    [z.number(bad).refine(isSize, bad), z.string(bad).refine((written) => isSize(bytesOf(written)), bad)],
    bad,
  );
}

const badRate = wants('rate');
/** Calls in a time, or `true` for the usual number; read it with `readRate`. */
export const rate = z
  .union(
    [z.boolean(badRate), z.string(badRate).refine((written) => rateOf(written) !== undefined, badRate)],
    badRate,
  )
  .meta({ examples: [rateText(DEFAULT_RATE)] });

import * as z from 'zod';
import { rateText } from '../protocol/rate-text.js';
import { type Condition, fulfils } from './condition.js';
import { largest } from './defaults.js';
import type { Wants } from './kinds/kind.js';
import { DEFAULT_RATE } from './rate.js';

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

/** Whether a text says what it has to: for `refine`. The compiled shapes take the condition from here. */
export function says(condition: Condition): (written: string) => boolean {
  return Object.assign((written: string) => fulfils(condition, written), { condition });
}

/** Milliseconds, or a text with a unit. */
export function duration(least: number, most = largest('ms')): z.ZodType<string | number> {
  const bad = wants('duration', { least, most });
  return z.union(
    [
      z.number(bad).min(least, bad).max(most, bad),
      z
        .string(bad)
        .regex(/^\s*\d+(\.\d+)?\s*(ms|s|m|h)?\s*$/, bad)
        .refine(says({ says: 'duration', least, most }), bad),
    ],
    bad,
  );
}

/** Bytes, or a text with a unit; `bytesOf` reads it. */
export function size(least: number, most: number) {
  const bad = wants('size', { least, most });
  return z.union(
    [
      z.number(bad).min(least, bad).max(most, bad),
      z.string(bad).refine(says({ says: 'size', least, most }), bad),
    ],
    bad,
  );
}

const badRate = wants('rate');
/** Calls in a time, or `true` for the usual number; read it with `readRate`. */
export const rate = z
  .union([z.boolean(badRate), z.string(badRate).refine(says({ says: 'rate' }), badRate)], badRate)
  .meta({ examples: [rateText(DEFAULT_RATE)] });

import type { Mode } from '../config/mode.js';
import { usageError } from '../messages/worded.js';

/** Values of `--mode` and `--rotate-every`. */
export interface ModeOptions {
  mode?: Mode;
  /** In milliseconds. */
  rotateEvery?: number;
}

/** The values for a plan. @throws UsageError */
export function modeOf({ mode, rotateEvery }: ModeOptions): { mode?: Mode; rotateEveryMs?: number } {
  if (rotateEvery === undefined) return mode === undefined ? {} : { mode };
  if (mode !== undefined && mode !== 'rotate') {
    throw usageError('rotate-every-with-mode', { mode });
  }
  return { mode: 'rotate', rotateEveryMs: rotateEvery };
}

/** The duration as it can be typed: `5m`. */
export function durationText(ms: number): string {
  const [size, unit] = (
    [
      [3_600_000, 'h'],
      [60_000, 'm'],
      [1_000, 's'],
    ] as const
  ).find(([one]) => ms % one === 0) ?? [1, 'ms'];
  return `${ms / size}${unit}`;
}

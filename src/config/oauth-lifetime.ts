import { OAUTH } from './oauth-defaults.js';

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How long tokens are good, in milliseconds: `30m`, `1h`, `30d`; undefined for anything else, and for too short or long a time. */
export function lifetimeMs(text: string): number | undefined {
  const [, amount, unit] = /^\s*(\d{1,6})\s*([mhd])\s*$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const ms = Number(amount) * UNITS[unit as keyof typeof UNITS];
  return ms >= OAUTH.leastMs && ms <= OAUTH.mostMs ? ms : undefined;
}

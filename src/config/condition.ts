import { durationMs } from './mode.js';
import { lifetimeMs } from './oauth-lifetime.js';
import { rateOf } from './rate.js';
import { bytesOf } from './size.js';

/** What a text has to say beyond its form. As data, so that a compiled shape can hold it. */
export interface Condition {
  says: keyof typeof READ;
  /** Bounds of what it says: milliseconds of a duration or lifetime, bytes of a size, calls of a rate. */
  least?: number;
  most?: number;
}

const READ = {
  duration: durationMs,
  size: bytesOf,
  lifetime: lifetimeMs,
  rate: (text: string) => rateOf(text)?.calls,
};

export function fulfils(
  { says, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Condition,
  text: string,
): boolean {
  const said = READ[says](text);
  return said !== undefined && said >= least && said <= most;
}

import { dirname, resolve } from 'node:path';
import { record } from '../../config/check/compose-values.js';

type Written = Record<string, unknown>;

/** Services of another compose file; undefined when it cannot be read. */
export type ReadOther = (file: string) => Written | undefined;

/** A chain of `extends` that is longer goes round in a circle. */
const MOST_STEPS = 20;

/** A service with what it takes over by `extends` (compose-spec, 05-services.md#extends): its own keys count, lists and maps grow. Pure. */
export function extended(
  written: Written,
  services: Written,
  file: string,
  readOther: ReadOther,
  steps = 0,
): Written {
  const { extends: from, ...own } = written;
  const { service: named, file: other } = record(from);
  const name = typeof from === 'string' ? from : named;
  if (typeof name !== 'string' || steps >= MOST_STEPS) return own;
  const there = typeof other === 'string' ? resolve(dirname(file), other) : file;
  const all = there === file ? services : (readOther(there) ?? {});
  const base = extended(record(all[name]), all, there, readOther, steps + 1);
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(own)])].map((key) => [
      key,
      joined(base[key], own[key]),
    ]),
  );
}

function joined(base: unknown, own: unknown): unknown {
  if (base === undefined || own === undefined) return own ?? base;
  if (Array.isArray(base) && Array.isArray(own)) return [...base, ...own];
  const isMap = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap(base) && isMap(own) ? { ...record(base), ...record(own) } : own;
}

import { type Condition, fulfils } from './condition.js';

/** A schema of zod as data; `npm run schema` makes them. What a schema of the configuration never has is not here. */
// D367
export type CompiledShape =
  | { is: 'any' | 'boolean' }
  | { is: 'text'; leastLength?: number; form?: RegExp; fulfils?: Condition }
  | { is: 'number'; least?: number; most?: number; isWhole?: true }
  | { is: 'word'; of: readonly (string | number | boolean | null)[] }
  | { is: 'either'; of: readonly CompiledShape[] }
  | { is: 'list' | 'record'; of: CompiledShape }
  | {
      is: 'object';
      keys: Readonly<Record<string, CompiledShape>>;
      /** Keys that it cannot be without. */
      needs?: readonly string[];
      /** Whether it may have other keys: they are kept as they are. */
      takesOthers?: true;
    };

/** The answer to a value that zod may refuse. It says nothing of what is wrong. */
export const REFUSED = Symbol('refused');

/**
 * What zod makes of a value that it accepts: equal to the value, its keys in the order of the schema. `REFUSED`: zod does not accept
 * it, or the value is none that JSON has.
 */
export function accept(shape: CompiledShape, value: unknown): unknown {
  switch (shape.is) {
    case 'any':
      return value;
    case 'boolean':
      return typeof value === 'boolean' ? value : REFUSED;
    case 'text':
      return typeof value === 'string' && isText(shape, value) ? value : REFUSED;
    case 'number':
      return typeof value === 'number' && isNumber(shape, value) ? value : REFUSED;
    case 'word':
      return shape.of.some((word) => word === value) ? value : REFUSED;
    case 'either':
      return either(shape.of, value);
    case 'list':
      return list(shape.of, value);
    case 'record':
      return record(shape.of, value);
    case 'object':
      return object(shape, value);
  }
}

type Of<Is extends CompiledShape['is']> = Extract<CompiledShape, { is: Is }>;

function isText({ leastLength = 0, form, fulfils: condition }: Of<'text'>, text: string): boolean {
  if (text.length < leastLength) return false;
  return (!form || form.test(text)) && (!condition || fulfils(condition, text));
}

function isNumber({ least, most, isWhole }: Of<'number'>, number: number): boolean {
  if (isWhole ? !Number.isSafeInteger(number) : !Number.isFinite(number)) return false;
  return (least === undefined || number >= least) && (most === undefined || number <= most);
}

function either(shapes: readonly CompiledShape[], value: unknown): unknown {
  for (const shape of shapes) {
    const accepted = accept(shape, value);
    if (accepted !== REFUSED) return accepted;
  }
  return REFUSED;
}

function list(of: CompiledShape, value: unknown): unknown {
  if (!Array.isArray(value)) return REFUSED;
  const accepted = value.map((item) => accept(of, item));
  return accepted.includes(REFUSED) ? REFUSED : accepted;
}

function record(of: CompiledShape, value: unknown): unknown {
  if (!isPlain(value)) return REFUSED;
  const accepted: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const one = accept(of, inner);
    if (one === REFUSED) return REFUSED;
    accepted[key] = one;
  }
  return accepted;
}

function object({ keys, needs = [], takesOthers }: Of<'object'>, value: unknown): unknown {
  if (!isPlain(value)) return REFUSED;
  const accepted: Record<string, unknown> = {};
  for (const key in keys) {
    if (!Object.hasOwn(value, key)) continue;
    const inner = value[key];
    const one = inner === undefined && !needs.includes(key) ? undefined : accept(keys[key]!, inner);
    if (one === REFUSED) return REFUSED;
    accepted[key] = one;
  }
  if (needs.some((key) => !Object.hasOwn(accepted, key))) return REFUSED;
  for (const [key, inner] of Object.entries(value)) {
    if (Object.hasOwn(keys, key)) continue;
    if (!takesOthers) return REFUSED;
    accepted[key] = inner;
  }
  return accepted;
}

/** Whether it is an object as JSON has it. One with these keys is for zod to judge: they mean something to objects. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__') || Object.hasOwn(value, 'constructor')) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

/** The keys of the object at a place; any key leads into a record. Where there may be an object or something else, the object counts. */
export function keysAt(shape: CompiledShape, [key, ...more]: readonly string[] = []): readonly string[] {
  switch (shape.is) {
    case 'either':
      return (
        shape.of
          .map((one) => keysAt(one, key === undefined ? [] : [key, ...more]))
          .find((keys) => keys.length > 0) ?? []
      );
    case 'record':
      return key === undefined ? [] : keysAt(shape.of, more);
    case 'object':
      if (key === undefined) return Object.keys(shape.keys);
      return Object.hasOwn(shape.keys, key) ? keysAt(shape.keys[key]!, more) : [];
    default:
      return [];
  }
}

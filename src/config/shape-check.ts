import type * as z from 'zod';
import type { Shape } from '../messages/parts.js';
import type { JsonPath } from './json-source.js';

/** A place in the configuration that has the wrong shape. */
export interface ShapeIssue {
  path: JsonPath;
  shape: Shape;
  /** The name of an unknown key, where unknown keys are errors. */
  unknownKey?: string;
}

/** A value that was checked. */
export interface Checked<T> {
  issues: ShapeIssue[];
  /** The value without its wrong parts. */
  value: T;
}

/** Checks the shape. Wrong parts are reported and removed, so that the rest can be examined as well. */
export function checkShape<T extends z.ZodType>(schema: T, value: unknown): Checked<z.infer<T>> {
  const first = schema.safeParse(value);
  if (first.success) return { issues: [], value: first.data };
  const issues: ShapeIssue[] = [];
  let rest: unknown = structuredClone(value);
  for (const issue of first.error.issues.flatMap((one) => inside(one, value))) {
    const path = issue.path as (string | number)[];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        issues.push({ path: [...path, key], shape: { id: 'setting' }, unknownKey: key });
        rest = without(rest, [...path, key]);
      }
      continue;
    }
    issues.push({ path, shape: JSON.parse(issue.message) as Shape });
    rest = without(rest, path);
  }
  const second = schema.safeParse(rest);
  return { issues, value: second.success ? second.data : ({} as z.infer<T>) };
}

type Issue = z.core.$ZodIssue;

/** What is wrong inside an object that may also be `true`, a list or a text: "expected an object, got an object" says nothing. */
function inside(issue: Issue, value: unknown): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const given = at(value, issue.path);
  // What is lacking cannot be taken out: there the whole object is wrong.
  const near = issue.errors.find((issues) =>
    issues.every(
      ({ code, path }) => code === 'unrecognized_keys' || (path.length > 0 && at(given, path) !== undefined),
    ),
  );
  if (near === undefined) return [issue];
  return near.flatMap((one) => inside({ ...one, path: [...issue.path, ...one.path] }, value));
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
}

function without(value: unknown, path: JsonPath): unknown {
  if (path.length === 0) return {};
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inner, step) => (inner as Record<string, unknown>)?.[step], value);
  const last = path.at(-1)!;
  // A wrong argument is replaced, not removed, so that the others keep their positions.
  if (Array.isArray(parent)) parent[last as number] = '';
  else if (typeof parent === 'object' && parent !== null) delete (parent as Record<string, unknown>)[last];
  return value;
}

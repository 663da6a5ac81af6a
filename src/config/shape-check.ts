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
  for (const issue of first.error.issues) {
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

import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Finding } from '../protocol/errors.js';
import type { Environment } from './environment.js';
import { describe, errorAt, isComment } from './finding.js';
import { isRecord } from './foreign-root.js';
import { interpolate } from './interpolate.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';
import type { ShapeIssue } from './shape-check.js';

/** Reads the texts of a section beside the servers, and remembers what is secret. */
export class SectionReader {
  /** Values that must not be shown. */
  readonly secrets: string[] = [];
  /** The variables that hold secrets of the section: no server gets them. */
  readonly variables: string[] = [];
  /** The secrets that stand in the file itself, and the variable that each might have instead. */
  readonly written: { place: Place; variable: string }[] = [];
  readonly findings: Finding[] = [];

  constructor(
    readonly section: string,
    readonly source: JsonSource,
    readonly environment: Environment,
  ) {}

  place(path: JsonPath): Place {
    return this.source.place([this.section, ...path]);
  }

  add(finding: Finding): undefined {
    this.findings.push(finding);
  }

  /**
   * A text with its variables filled in; undefined when it is not written, or cannot be used.
   *
   * @param variable Of a secret: the variable that it might have.
   */
  text(path: JsonPath, given: string | number | boolean | undefined, variable?: string): string | undefined {
    if (given === undefined) return undefined;
    const read = interpolate(String(given), this.place(path), this.environment);
    this.findings.push(...read.findings);
    this.secrets.push(...read.secrets);
    if (variable !== undefined) {
      this.secrets.push(read.text.trim());
      this.variables.push(...read.variables);
      if (read.variables.length === 0 && read.text !== '')
        this.written.push({ place: this.place(path), variable });
    }
    return read.findings.length > 0 ? undefined : read.text.trim();
  }

  /** Headers by name; wrong ones are left out and reported. */
  headers(
    path: JsonPath,
    given: Readonly<Record<string, string | number | boolean>> | undefined,
    isAllowed: (name: string, value: string) => Finding | undefined,
    variable?: string,
  ): Record<string, string> {
    const read = Object.entries(given ?? {}).flatMap(([name, written]) => {
      if (isComment(name)) return [];
      const value = this.text([...path, name], written, variable);
      if (value === undefined) return [];
      const wrong = isAllowed(name, value);
      if (wrong === undefined) return [[name, value] as const];
      this.add(wrong);
      return [];
    });
    return Object.fromEntries(read);
  }

  /** Reports what has the wrong shape; `raw` is what stands at `around`. */
  addIssues(
    raw: unknown,
    issues: readonly ShapeIssue[],
    keysOf: (path: JsonPath) => readonly string[],
    around: JsonPath = [],
  ): void {
    for (const { path, shape, unknownKey } of issues) {
      const place = this.place([...around, ...path]);
      if (unknownKey !== undefined) {
        const known = keysOf(path);
        const [meant] = nearest(unknownKey, known);
        this.add(errorAt(place, 'unknown-setting', { key: unknownKey, meant, known }));
        continue;
      }
      const wrong = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)?.[key], raw);
      const key = path.findLast((step) => typeof step === 'string');
      this.add(errorAt(place, 'shape', { shape, came: describe(wrong, key) }));
    }
  }
}

export function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** `"//"` and `"_comment"` stand for comments here as well. */
export function withoutComments(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([key, inner]) => !isComment(key) || isRecord(inner));
  return Object.fromEntries(
    kept.map(([key, inner]) => [key, isRecord(inner) ? withoutComments(inner) : inner]),
  );
}

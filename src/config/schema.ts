import { z } from 'zod';
import type { Shape, ShapeId } from '../observe/messages/parts.js';
import { defaults } from './defaults.js';
import type { JsonPath } from './json-source.js';

/** One place whose shape is wrong. */
export interface ShapeIssue {
  path: JsonPath;
  shape: Shape;
  /** A key that nobody knows, where unknown keys are mistakes. */
  unknownKey?: string;
}

/** As a message of zod, which knows only texts. */
const wants = (id: ShapeId, bounds: { least?: number; most?: number } = {}) => ({
  error: JSON.stringify({ id, ...bounds }),
});

const text = z.string(wants('text'));
/** What people write for a text although it is none; turned into one, with a warning. */
const textLike = z.union([z.string(), z.number(), z.boolean()], wants('text'));
const yesOrNo = z.union(
  [z.boolean(), z.string().regex(/^(true|false)$/i, wants('true-or-false'))],
  wants('true-or-false'),
);

const server = z.looseObject(
  {
    type: text.optional(),
    transportType: text.optional(),
    transport: text.optional(),
    command: text.optional(),
    args: z.array(textLike, wants('list-of-texts')).optional(),
    cwd: text.optional(),
    env: z.record(z.string(), textLike, wants('object-of-texts')).optional(),
    disabled: yesOrNo.optional(),
    enabled: yesOrNo.optional(),
    endpoint: text.optional(),
    handshake: z.enum(['speculative', 'passthrough'], wants('handshake')).optional(),
    url: text.optional(),
  },
  wants('server'),
);

/** setTimeout fires at once above this many milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/** What would run hot, or never, with less. */
const LEAST: Readonly<Record<string, number>> = {
  minDelayMs: 10,
  maxDelayMs: 10,
  initializeTimeoutMs: 100,
  initializeWarnMs: 100,
  keepaliveIntervalMs: 100,
  keepaliveTimeoutMs: 100,
  dialTimeoutMs: 100,
  deafAfterMs: 1_000,
  deafFactor: 1,
  maxParallelStarts: 1,
  maxFrameBytes: 1_024,
};

/** 1 GiB, where sizes are meant: longer texts JavaScript cannot hold. */
const LARGEST_NUMBER = 1024 ** 3;

function numberOf(name: string): z.ZodNumber {
  const least = LEAST[name] ?? 0;
  const isTime = name.endsWith('Ms');
  const most = isTime ? longestTimerMs : LARGEST_NUMBER;
  const bad = wants(isTime ? 'milliseconds' : 'number', { least, most });
  return z.number(bad).min(least, bad).max(most, bad);
}

const settings = z.strictObject(
  Object.fromEntries(
    Object.keys(defaults).map((name) => [name, numberOf(name).optional()] as const),
  ) as Record<keyof typeof defaults, z.ZodOptional<z.ZodNumber>>,
  wants('settings'),
);

const servers = z.record(z.string(), z.unknown(), wants('servers'));
const root = z.looseObject(
  { mcpServers: servers.optional(), servers: servers.optional(), settings: z.unknown().optional() },
  wants('root'),
);

export type RawServer = z.infer<typeof server>;
type RawSettings = z.infer<typeof settings>;

interface Checked<T> {
  issues: ShapeIssue[];
  /** What is left when everything wrong is taken out. */
  value: T;
}

export const checkRoot = (value: unknown) => check(root, value);
export const checkServer = (value: unknown): Checked<RawServer> => check(server, value);
export const checkSettings = (value: unknown): Checked<RawSettings> => check(settings, value);

/** Checks the shape; what is wrong is reported and cut out, so that the rest can be examined as well. */
function check<T extends z.ZodType>(schema: T, value: unknown): Checked<z.infer<T>> {
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
  // An argument keeps its position, so that the others keep theirs.
  if (Array.isArray(parent)) parent[last as number] = '';
  else if (typeof parent === 'object' && parent !== null) delete (parent as Record<string, unknown>)[last];
  return value;
}

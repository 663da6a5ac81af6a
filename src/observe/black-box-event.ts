import type { Status } from '../protocol/status.js';
import type { EventLine } from './black-box-file.js';

/**
 * Members that hold what a server or an endpoint wrote, or a command line: they may contain arguments, results and secrets
 * that no configuration names.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['excerpt', 'stderrTail', 'line', 'shown', 'said', 'link']);
/** Texts are cut to this many characters, lists to this many members. */
const MAX_TEXT = 200;
const MAX_ITEMS = 20;
/** Deeper members are left out. */
const MAX_DEPTH = 4;

/** A Status as a black box keeps it: states, numbers and names. */
export function eventLine(status: Status, times: number): EventLine {
  const { at, type, ...rest } = status;
  return {
    at,
    event: type,
    ...(times > 1 ? { times } : {}),
    ...(kept(withoutContent(rest), 0) as object),
  };
}

/** Without texts of error replies, which may repeat an argument, and addresses of resources, which are one. */
function withoutContent(rest: object): object {
  const { method, name, diagnosis } = rest as {
    method?: string;
    name?: string;
    diagnosis?: { refusal?: object };
  };
  const isAddress = method === 'resources/read' && name !== undefined;
  return {
    ...rest,
    ...(isAddress ? { name: undefined } : {}),
    ...(diagnosis?.refusal
      ? { diagnosis: { ...diagnosis, refusal: { ...diagnosis.refusal, message: '' } } }
      : {}),
  };
}

function kept(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  // JSON has no infinity: a server that is started only once has no next start.
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => kept(item, depth + 1));
  const entries = Object.entries(value).filter(([key, item]) => !LEFT_OUT.has(key) && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, kept(item, depth + 1)]));
}

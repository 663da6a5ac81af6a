import type { Finding } from '../protocol/errors.js';
import { keysOf } from './check-part.js';
import { ENDPOINT_VARIABLE, endpointVariables } from './endpoint-choice.js';
import { errorAt, isComment, unknownKey, warningAt } from './finding.js';
import { FOREIGN_KEYS, RESTRICTING_KEYS } from './foreign-keys.js';
import type { JsonPath } from './json-source.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';

/** The keys that mcp-pipe reads. */
const SERVER_KEYS = keysOf('server');

/** Keys that hold something back. */
const RULE_KEYS: readonly string[] = [
  'tools',
  'readOnly',
  'checkArguments',
  'calls',
  'limits',
  'cache',
  'drift',
  'approve',
  'approveWithin',
];

/** The rule that a key is a slip of; other programs' words that only contain one are none. */
function meantRule(key: string): string | undefined {
  return nearest(key, RULE_KEYS).find((rule) => Math.abs(rule.length - key.length) <= 1);
}

/** Findings about keys of an entry that mcp-pipe does not read, and that other programs do not have either. */
export function unknownEntryKeys(
  raw: unknown,
  placeOf: (...inside: JsonPath) => Place,
  server: string,
): Finding[] {
  if (typeof raw !== 'object' || raw === null) return [];
  const entries = Object.entries(raw);
  const restricting = entries.filter(([key, value]) => RESTRICTING_KEYS.has(key) && !isEmpty(value));
  const unknown = entries.filter(
    ([key]) => !SERVER_KEYS.includes(key) && !Object.hasOwn(FOREIGN_KEYS, key) && !isComment(key),
  );
  return [
    ...restricting.map(([key]) => warningAt(placeOf(key), 'not-restricted', { key })),
    ...unknown.map(([key, value]) => {
      const isMisplaced = isToken(key, value) && nearest(key, SERVER_KEYS).length === 0;
      // Ignoring it would let through what it should hold back.
      const rule = meantRule(key);
      if (rule !== undefined)
        return errorAt(placeOf(key), 'unknown-setting', { key, meant: rule, known: RULE_KEYS });
      return isMisplaced
        ? misplacedToken(placeOf(key), key, server)
        : unknownKey(placeOf(key), key, SERVER_KEYS);
    }),
  ];
}

function misplacedToken(place: Place, key: string, server: string): Finding {
  const [variable = ENDPOINT_VARIABLE] = endpointVariables([server])(server);
  return warningAt(place, 'token-in-entry', { key: key.slice(0, 60), variable });
}

/** Whether the value of an unknown key seems to be a token, or an address with one. */
function isToken(key: string, value: unknown): boolean {
  return typeof value === 'string' && (/token$/i.test(key) || /^(eyJ[\w-]+\.|wss?:\/\/)/.test(value));
}

/** Whether a limit limits nothing. */
function isEmpty(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}

import { createHmac, randomBytes } from 'node:crypto';
import type { ServerPlan } from '../config/plan.js';
import type { Caller } from '../faces/accept.js';

/** A client, as far as it decides which processes are its own. */
export interface InstanceClient {
  /** Its number among the clients of the daemon. */
  number: number;
  caller: Caller;
  /** See `Arrival`. */
  hasSession: boolean;
  /** See `Arrival`. */
  idleMs?: () => number;
}

/** Which process of a server a client has. */
export interface InstanceIdentity {
  /** Differs for callers that must not meet. It can be compared, and reveals no value of a caller. */
  id: string;
  /** `memory@alice`, `memory@alice-1f0c9b2e`, `memory#3`. */
  name: string;
  /** Name of the key of its callers. */
  key: string | undefined;
  /** Which way to authenticate has known the first of them. */
  by: string | undefined;
  /** It is of one session, and ends with it. */
  isPersonal: boolean;
  /** The variables that the caller gives, by name. Values are secrets. */
  given: ReadonlyMap<string, string>;
}

/** Stands for the name of a key where no key is asked for. */
const NO_KEY = '*';
/** Hex digits: 32 bits tell the callers of one key apart for people; who has which process is decided by all of them. */
const DIGEST_DIGITS = 8;
/** A digest of a short value could be guessed, if others knew this. */
const SALT = randomBytes(32);

/** Decides which process of a server a client has; undefined: the one that all share. */
// D204
export function instanceOf(
  { name, options: { share, callerEnv } }: ServerPlan,
  { number, caller, hasSession }: InstanceClient,
): InstanceIdentity | undefined {
  if (share !== 'key' && share !== 'session') return undefined;
  const given = givenBy(caller, callerEnv);
  const isPersonal = share === 'session' && hasSession;
  const { key, by } = caller;
  const common = { key, by, isPersonal, given };
  if (isPersonal) return { id: JSON.stringify([name, number]), name: `${name}#${number}`, ...common };
  const digest = given.size === 0 ? '' : digestOf(given);
  const mark = digest === '' ? '' : `-${digest.slice(0, DIGEST_DIGITS)}`;
  return {
    id: JSON.stringify([name, key === undefined ? null : key, digest]),
    name: `${name}@${key ?? NO_KEY}${mark}`,
    ...common,
  };
}

/** What of the caller's headers this server gets: nothing else of the request reaches it. */
function givenBy({ headers = {} }: Caller, callerEnv: ServerPlan['options']['callerEnv']) {
  const given = new Map<string, string>();
  for (const [variable, header] of Object.entries(callerEnv)) {
    const value = Object.hasOwn(headers, header) ? headers[header] : undefined;
    // No process can be given a value with a zero character.
    if (value !== undefined && value !== '' && !value.includes('\0')) given.set(variable, value);
  }
  return given;
}

function digestOf(given: ReadonlyMap<string, string>): string {
  const sorted = [...given].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', SALT).update(JSON.stringify(sorted)).digest('hex');
}

/**
 * The plan of a process for these callers. A variable that callers give comes from them alone: the value that the
 * configuration or the environment of mcp-pipe has for it is that of others.
 */
// D205
export function planOfInstance(plan: ServerPlan, { name, given }: InstanceIdentity): ServerPlan {
  const { callerEnv } = plan.options;
  if (plan.kind !== 'stdio') return { ...plan, name };
  const asked = new Set(Object.keys(callerEnv).map(asOne));
  const env = Object.entries(plan.launch.env).filter(([variable]) => !asked.has(asOne(variable)));
  return { ...plan, name, launch: { ...plan.launch, env: Object.fromEntries([...env, ...given]) } };
}

/** Windows takes variables whose names differ in case for one. */
function asOne(variable: string): string {
  return process.platform === 'win32' ? variable.toUpperCase() : variable;
}

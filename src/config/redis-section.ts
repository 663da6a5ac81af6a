import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { STORE } from '../leases/store-defaults.js';
import type { Finding } from '../protocol/errors.js';
import { checkPart, keysOf } from './check-part.js';
import { workspaceFolder } from './editor-variables.js';
import type { Environment } from './environment.js';
import { errorAt, warningAt } from './finding.js';
import { interpolate } from './interpolate.js';
import type { JsonSource } from './json-source.js';
import { durationMs } from './mode.js';
import type { Place } from './place.js';
import { REDIS } from './redis-defaults.js';
import { SectionReader, withoutComments } from './section-reader.js';
import { shownAs } from './shown-as.js';
import { decodeText, readOrdinaryFile } from './text-file.js';

/** The Redis that machines share. */
export interface RedisPlan {
  /** `redis://` or `rediss://`, with host, port and number of the database; without user and password. */
  url: string;
  username?: string;
  password?: string;
  /** PEM certificates. */
  ca?: string;
  /** How long a lease holds without being renewed, in ms. */
  ttlMs: number;
  /** What other machines call this one; undefined: by the name of its host. */
  machine?: string;
}

/** The section `redis`, read. */
export interface RedisConfig {
  /** Undefined: machines share nothing. */
  plan: RedisPlan | undefined;
  /** Values that must not be shown. */
  secrets: readonly string[];
  /** The variables that hold secrets of the section: no server gets them. */
  secretVariables: readonly string[];
  /** The secrets that stand in the file itself, and the variable that each might have instead. */
  written: readonly { place: Place; variable: string }[];
  findings: readonly Finding[];
}

/** The address where the configuration says none, for containers; its password, and the name of the machine. */
const VARIABLES = {
  url: 'MCP_PIPE_REDIS',
  password: 'MCP_PIPE_REDIS_PASSWORD',
  machine: 'MCP_PIPE_MACHINE',
} as const;

/** What other machines print of this one in a line. */
const MACHINE = /^[^\p{Cc}]{1,60}$/u;
const OWN_VARIABLES: readonly string[] = [VARIABLES.url, VARIABLES.password];

export const NO_REDIS: RedisConfig = {
  ...{ plan: undefined, secrets: [], secretVariables: OWN_VARIABLES, written: [], findings: [] },
};

/**
 * Reads `redis`: a text, an object, false, or nothing: then the variable MCP_PIPE_REDIS counts. An empty text is nothing.
 *
 * @param source Undefined: there is no configuration.
 */
// D322
export async function readRedis(
  source: JsonSource | undefined,
  raw: unknown,
  environment: Environment,
): Promise<RedisConfig> {
  if (raw === false) return NO_REDIS;
  const ofVariables = variablesOf(environment);
  if (raw === undefined || source === undefined) {
    if (ofVariables.url === undefined) return { ...NO_REDIS, findings: ofVariables.findings };
    return completed({ place: ofVariables.place, ttlMs: STORE.ttlMs }, ofVariables, undefined);
  }
  const reader = new SectionReader('redis', source, environment);
  const path = typeof raw === 'string' ? [] : ['url'];
  const cleaned = typeof raw === 'string' ? { url: raw } : withoutComments(raw);
  const { issues, value } = await checkPart('redis', cleaned);
  reader.addIssues(cleaned, issues, () => keysOf('redis'));
  // With a password in it, the whole address is a secret.
  const filled = value.url === undefined ? '' : interpolate(value.url, reader.place(path), environment).text;
  const url = reader.text(path, value.url, loginIn(filled) ? 'REDIS_URL' : undefined);
  const username = reader.text(['username'], value.username) || undefined;
  const password = reader.text(['password'], value.password, 'REDIS_PASSWORD') || undefined;
  const ca = readCa(reader, value.ca);
  const ttlMs = typeof value.ttl === 'string' ? durationMs(value.ttl)! : (value.ttl ?? STORE.ttlMs);
  const machine = reader.text(['machine'], value.machine) || undefined;
  if (ttlMs < STORE.ttlMs)
    reader.add(warningAt(reader.place(['ttl']), 'redis-ttl-short', { ttlMs, usualMs: STORE.ttlMs }));
  // The address itself is wrong already, or turned off by an empty variable.
  const isOff = url === undefined ? value.url !== undefined || issues.length > 0 : url === '';
  if (isOff) return { ...ofReader(reader), plan: undefined };
  const place = url === undefined ? ofVariables.place : reader.place(path);
  const given = { url, username, password, ca, ttlMs, machine, place };
  return completed(given, ofVariables, reader);
}

interface Given {
  url?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
  ca?: string | undefined;
  ttlMs: number;
  machine?: string | undefined;
  /** Of the address. */
  place: Place;
}

/** What is written, with the variables for what is not. */
function completed(
  given: Given,
  ofVariables: ReturnType<typeof variablesOf>,
  reader: SectionReader | undefined,
): RedisConfig {
  const rest = reader ? ofReader(reader) : NO_REDIS;
  const findings = [...rest.findings, ...ofVariables.findings];
  const url = given.url ?? ofVariables.url;
  const secrets = [...rest.secrets, ...ofVariables.secrets];
  const place = url === undefined ? (reader?.place([]) ?? given.place) : given.place;
  const address = url === undefined ? undefined : addressIn(url);
  if (address === undefined)
    return {
      ...rest,
      plan: undefined,
      secrets: url === undefined ? secrets : [...secrets, url],
      findings: [...findings, errorAt(place, url === undefined ? 'redis-nowhere' : 'redis-url')],
    };
  if (address.password !== undefined) {
    secrets.push(url!, address.password, encodeURIComponent(address.password));
    if (given.password !== undefined) findings.push(errorAt(place, 'redis-password-twice'));
  }
  if (given.ca !== undefined && !address.url.startsWith('rediss:'))
    findings.push(errorAt(reader!.place(['ca']), 'redis-ca-unused'));
  const username = given.username ?? address.username;
  const password = given.password ?? address.password ?? ofVariables.password;
  const machine = given.machine ?? ofVariables.machine;
  if (machine !== undefined && !MACHINE.test(machine)) {
    const at = given.machine === undefined ? ofVariables.machinePlace : reader!.place(['machine']);
    findings.push(errorAt(at, 'redis-machine'));
  }
  const plan: RedisPlan = {
    url: address.url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(given.ca === undefined ? {} : { ca: given.ca }),
    ttlMs: given.ttlMs,
    ...(machine === undefined ? {} : { machine }),
  };
  const { ttlMs } = plan;
  const shown = shownAs(plan, () => ({ url: address.url, ttlMs, ...(machine ? { machine } : {}) }));
  return { ...rest, plan: shown, secrets, findings };
}

function ofReader(reader: SectionReader): Omit<RedisConfig, 'plan'> {
  const { secrets, variables, written, findings } = reader;
  return { secrets, secretVariables: [...variables, ...OWN_VARIABLES], written, findings };
}

function variablesOf(environment: Environment) {
  const findings: Finding[] = [];
  const secrets: string[] = [];
  const valueNamed = (name: string) => {
    const { value, place, fromFile, unreadable } = environment.read(name);
    if (unreadable) findings.push(errorAt(place, 'secret-file', { name, ...unreadable }));
    if (value !== undefined && fromFile) secrets.push(value);
    // Empty: a file of docker compose passes variables on that are not set.
    return { value: value?.trim() || undefined, place };
  };
  const { value: url, place } = valueNamed(VARIABLES.url);
  const { value: password } = valueNamed(VARIABLES.password);
  const { value: machine, place: machinePlace } = valueNamed(VARIABLES.machine);
  if (password !== undefined) secrets.push(password);
  return { url, place, password, machine, machinePlace, secrets, findings };
}

function loginIn(text: string): boolean {
  return URL.canParse(text) && new URL(text).password !== '';
}

/** The address without user and password, and these. Undefined: it is none of Redis. */
function addressIn(text: string): Pick<RedisPlan, 'url' | 'username' | 'password'> | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, username, password, search, hash } = new URL(text);
  const database = /^\/?(\d{0,5})$/.exec(pathname)?.[1];
  if (protocol !== 'redis:' && protocol !== 'rediss:') return undefined;
  if (hostname === '' || search !== '' || hash !== '' || database === undefined) return undefined;
  if (Number(database) > REDIS.mostDatabase) return undefined;
  try {
    return {
      url: `${protocol}//${hostname}:${port || REDIS.port}/${database || 0}`,
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    };
  } catch {
    return undefined;
  }
}

/** The certificates in the file. */
function readCa(reader: SectionReader, given: string | undefined): string | undefined {
  const file = reader.text(['ca'], given);
  if (!file) return undefined;
  const path = resolve(workspaceFolder(reader.source.file), file);
  try {
    const ca = decodeText(readOrdinaryFile(path));
    createSecureContext({ ca });
    if (!ca.includes('-----BEGIN')) throw new Error('no PEM certificate');
    return ca;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return reader.add(errorAt(reader.place(['ca']), 'redis-ca', { file: path, reason: code ?? message }));
  }
}

import type { Finding } from '../protocol/errors.js';
import { isLoosePattern, originOf } from './allowed-origin.js';
import { checkPart, keysOf } from './check-part.js';
import type { Environment } from './environment.js';
import { errorAt, isComment, warningAt } from './finding.js';
import { isRecord } from './foreign-root.js';
import { GATEWAY } from './gateway-defaults.js';
import { readExposure, UNEXPOSED } from './gateway-exposure.js';
import {
  checkKeys,
  hasWrongKey,
  KEY_VARIABLE,
  keyFileOf,
  keyOfEnvironment,
  readKeys,
} from './gateway-keys.js';
import { readPaths } from './gateway-paths.js';
import {
  asksForCredential,
  type GatewayOptions,
  type GatewayPlan,
  hiddenKeys,
  reachedAs,
} from './gateway-plan.js';
import type { JsonSource } from './json-source.js';
import { listeningHost } from './listen-address.js';
import { durationMs, type Share } from './mode.js';
import { readOAuth } from './oauth-section.js';
import { isOfThisMachine } from './of-this-machine.js';
import type { Place } from './place.js';
import { readRate } from './rate.js';
import {
  readReplica,
  readSessionKey,
  replicaOfEnvironment,
  SESSION_KEY_VARIABLE,
  sessionKeyOfEnvironment,
} from './replica.js';
import { isHeader, SectionReader, withoutComments } from './section-reader.js';
import type { ServerConfig } from './servers.js';
import { bytesOf } from './size.js';

/** The section `gateway`, read; without one, what a gateway has that is asked for on the command line. */
export interface GatewayConfig {
  /** Whether there is a section that asks for a gateway. */
  isWritten: boolean;
  plan: GatewayPlan;
  /** How many processes servers get that say nothing of it. */
  defaultShare: Share;
  place: Place;
  /** Values that must not be shown. */
  secrets: readonly string[];
  /** The variables that hold keys: no server gets them. */
  secretVariables: readonly string[];
  /** The keys that stand in the file itself, and the variable that each might have instead. */
  written: readonly { place: Place; variable: string }[];
  /** Keys in the file of keys; undefined: there is no such file. With one, even an empty one, a key is asked for. */
  stored: number | undefined;
  /** Errors and warnings that count when there is a gateway. */
  findings: readonly Finding[];
}

/** Counts the keys in the file of keys: the one that the configuration names, or by default in the state folder. */
export type CountStored = (keyFile: string | undefined) => number | undefined;

const DEFAULTS: GatewayPlan = {
  host: '127.0.0.1',
  port: GATEWAY.port,
  keys: {},
  allowedOrigins: [],
  allowedHosts: [],
  exposedHeaders: [],
  stateless: false,
  replica: undefined,
  paths: { http: [], sse: [], message: [], ws: [], health: [] },
  responseHeaders: {},
  sessionIdleMs: GATEWAY.sessionIdleMs,
  maxSessions: GATEWAY.maxSessions,
  maxBodyBytes: GATEWAY.maxBodyBytes,
  ...UNEXPOSED,
  rate: undefined,
  ratePerAddress: undefined,
};

/** A gateway without a section: with the defaults, and the key of the environment. */
export function unwrittenGateway(
  environment: Environment,
  countStored: CountStored = () => undefined,
): GatewayConfig {
  const { keys, findings } = keyOfEnvironment(environment);
  const keyFile = keyFileOf(undefined, environment);
  const ofReplica = replicaOfEnvironment(environment);
  const { sessionKey, findings: ofSessionKey } = sessionKeyOfEnvironment(environment);
  const stored = countStored(keyFile);
  return {
    ...{ isWritten: false, written: [], stored },
    findings: [...findings, ...ofReplica.findings, ...ofSessionKey],
    defaultShare: shareOf(Object.keys(keys).length, stored),
    plan: hiddenKeys({ ...DEFAULTS, keys, keyFile, replica: ofReplica.replica, ...signedBy(sessionKey) }),
    place: { file: '', path: 'gateway', line: undefined },
    secrets: [...Object.values(keys), ...(sessionKey === undefined ? [] : [sessionKey])],
    secretVariables: [KEY_VARIABLE, SESSION_KEY_VARIABLE],
  };
}

/** Reads `gateway`: `true`, an object, or nothing. */
export async function readGateway(
  source: JsonSource,
  raw: unknown,
  environment: Environment,
  countStored: CountStored = () => undefined,
): Promise<GatewayConfig> {
  if (raw === undefined || raw === false) return unwrittenGateway(environment, countStored);
  const cleaned = raw === true ? {} : withoutComments(raw);
  const ofKeys = await checkKeys(cleaned);
  const { section } = ofKeys;
  // A mistake in it is told by itself, with its place.
  const { jwt, ...rest } = isRecord(section) ? section : { jwt: undefined };
  const { issues, value } = await checkPart('gateway', isRecord(section) ? rest : section);
  const reader = new SectionReader('gateway', source, environment);
  reader.addIssues(cleaned, ofKeys.issues, () => keysOf('gatewayKey'));
  reader.addIssues(cleaned, issues, ([first, ...more]) =>
    more.length > 0 && (first === 'paths' || first === 'tls' || first === 'oauth')
      ? keysOf('gateway', first)
      : keysOf('gateway'),
  );
  const { sessionIdle, maxBody, maxSessions, stateless } = value;
  const { keys, terms } = readKeys(reader, value.keys);
  const oauth = readOAuth(reader, value.oauth);
  const { readPublicUrl, readIssuers } = await import('./jwt-section.js');
  const publicUrl = readPublicUrl(reader, value.publicUrl);
  const issuers = await readIssuers(reader, jwt, publicUrl);
  const plan: GatewayPlan = {
    ...(oauth ? { oauth } : {}),
    host: readHost(reader, value.host) ?? DEFAULTS.host,
    port: readPort(reader, value.port) ?? DEFAULTS.port,
    ...{ keys, terms, keyFile: keyFileOf(reader.text(['keyFile'], value.keyFile), environment) },
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(issuers.length === 0 ? {} : { jwt: issuers }),
    allowedOrigins: readList(reader, 'allowedOrigins', value.allowedOrigins, originOf, 'gateway-origin'),
    allowedHosts: readList(reader, 'allowedHosts', value.allowedHosts, hostOf, 'gateway-allowed-host'),
    exposedHeaders: readList(reader, 'exposedHeaders', value.exposedHeaders, headerOf, 'gateway-header'),
    stateless: String(stateless ?? DEFAULTS.stateless).toLowerCase() === 'true',
    replica: readReplica(reader, value.replica),
    ...signedBy(readSessionKey(reader, value.sessionKey)),
    paths: readPaths(reader, value.paths),
    responseHeaders: reader.headers(['responseHeaders'], value.responseHeaders, (name, text) =>
      isResponseHeader(name, text)
        ? undefined
        : errorAt(reader.place(['responseHeaders', name]), 'gateway-header'),
    ),
    sessionIdleMs:
      typeof sessionIdle === 'string' ? durationMs(sessionIdle)! : (sessionIdle ?? DEFAULTS.sessionIdleMs),
    maxSessions: maxSessions ?? DEFAULTS.maxSessions,
    maxBodyBytes: typeof maxBody === 'string' ? bytesOf(maxBody)! : (maxBody ?? DEFAULTS.maxBodyBytes),
    ...readExposure(reader, value),
    rate: readRate(value.rate),
    ratePerAddress: readRate(value.ratePerAddress),
    concurrent: value.concurrent,
    queue: value.queue,
  };
  // A key that cannot be read is none of another name.
  const named = Object.keys(value.keys ?? keys).filter((name) => !isComment(name)).length;
  const stored = countStored(plan.keyFile);
  return {
    ...{ isWritten: true, plan: hiddenKeys(plan), place: reader.place([]), stored },
    defaultShare: issuers.length > 0 ? 'key' : shareOf(named, stored),
    secrets: reader.secrets,
    secretVariables: [KEY_VARIABLE, SESSION_KEY_VARIABLE, ...reader.variables],
    written: reader.written,
    findings: reader.findings,
  };
}

/** With several keys, each has a process of its own: what one of them has told a server is not for the others. */
function shareOf(named: number, stored = 0): Share {
  return named + stored > 1 ? 'key' : 'server';
}

type Asked = 'configured' | GatewayOptions | undefined;

/** Whether there is a gateway. */
export function hasGateway(
  { gateway }: { gateway: Pick<GatewayConfig, 'isWritten'> },
  asked: Asked,
): boolean {
  return asked === 'configured' ? gateway.isWritten : asked !== undefined;
}

/** The gateway of a plan, with what the command line says of it; undefined: there is none. */
export function planGateway(
  { gateway }: { gateway: GatewayConfig },
  asked: Asked,
  isContainer: boolean,
  insecureNoAuth = false,
): { plan: GatewayPlan | undefined; findings: readonly Finding[] } {
  if (!hasGateway({ gateway }, asked)) return { plan: undefined, findings: [] };
  const { paths, findings = [], ...others } = typeof asked === 'object' ? asked : {};
  const plan = hiddenKeys({
    ...{ ...gateway.plan, ...others },
    ...(insecureNoAuth ? { insecureNoAuth } : {}),
    // A key of the command line opens everything, whatever one of the same name does.
    terms: others.keys ? {} : gateway.plan.terms,
    paths: { ...gateway.plan.paths, ...paths },
  });
  return { plan, findings: [...findings, ...gateway.findings, ...risks(plan, gateway, isContainer)] };
}

// D234
/** An error for a gateway that others reach without a key, and warnings for what is likely a mistake. */
function risks(
  asked: GatewayPlan,
  { place, plan, findings, stored }: GatewayConfig,
  isContainer: boolean,
): Finding[] {
  const { host, allowedOrigins, insecureNoAuth } = asked;
  const hasKeys = asksForCredential(asked) || hasWrongKey(findings) || stored !== undefined;
  const at = (key: string, isOfFlags: boolean): Place =>
    isOfFlags || place.file === '' ? { file: '', path: `--${key}`, line: undefined } : place;
  const ofHost = at('host', host !== plan.host);
  const isLocal = isOfThisMachine(host);
  const { publicUrl, oauth } = asked;
  const reached = reachedAs(asked);
  const ofOrigins = at('allow-origin', allowedOrigins !== plan.allowedOrigins);
  return [
    ...(reached === undefined || hasKeys
      ? []
      : insecureNoAuth
        ? [warningAt(ofHost, 'gateway-insecure', { host: reached })]
        : [errorAt(ofHost, 'gateway-open', { host: reached, variable: KEY_VARIABLE })]),
    ...(oauth && Object.keys(asked.keys).length === 0 && !stored && !hasWrongKey(findings)
      ? [warningAt(place, 'gateway-oauth-no-key')]
      : []),
    ...(allowedOrigins.includes('*') && !hasKeys
      ? [warningAt(ofOrigins, 'gateway-origins-open', { variable: KEY_VARIABLE })]
      : []),
    ...allowedOrigins
      .filter(isLoosePattern)
      .map((pattern) => warningAt(ofOrigins, 'gateway-origin-loose', { pattern })),
    ...(oauth && publicUrl === undefined && (!isLocal || asked.allowedHosts.length > 0)
      ? [errorAt(place, 'gateway-oauth-url')]
      : []),
    ...(isLocal && isContainer ? [warningAt(ofHost, 'gateway-in-container', { host })] : []),
  ];
}

/** Warnings for servers with a process for each key, when a gateway asks for none. */
export function shareWithoutKeys(
  plan: GatewayPlan | undefined,
  { stored }: Pick<GatewayConfig, 'stored'>,
  servers: readonly { entry: Pick<ServerConfig, 'name' | 'options' | 'placeOf'> | undefined }[],
): Finding[] {
  if (plan === undefined || asksForCredential(plan) || stored !== undefined) return [];
  return servers.flatMap(({ entry }) =>
    entry?.options.share === 'key'
      ? [warningAt(entry.placeOf('share'), 'share-no-keys', { server: entry.name })]
      : [],
  );
}

function signedBy(sessionKey: string | undefined): Pick<GatewayPlan, 'sessionKey'> {
  return sessionKey === undefined ? {} : { sessionKey };
}

function readHost(reader: SectionReader, given: string | undefined): string | undefined {
  const text = reader.text(['host'], given);
  if (text === undefined) return undefined;
  const host = listeningHost(text);
  return host ?? reader.add(errorAt(reader.place(['host']), 'gateway-host'));
}

function readPort(reader: SectionReader, given: number | string | undefined): number | undefined {
  const text = reader.text(['port'], given);
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  return reader.add(errorAt(reader.place(['port']), 'gateway-port'));
}

type Listed = string | readonly string[] | undefined;

function readList(
  reader: SectionReader,
  key: 'allowedOrigins' | 'allowedHosts' | 'exposedHeaders',
  given: Listed,
  read: (text: string) => string | undefined,
  wrong: 'gateway-origin' | 'gateway-allowed-host' | 'gateway-header',
): string[] {
  const all = Array.isArray(given) ? given : given === undefined ? [] : [given];
  return all.flatMap((one: string, i) => {
    const path = Array.isArray(given) ? [key, i] : [key];
    const text = reader.text(path, one);
    if (text === undefined) return [];
    const value = read(text);
    if (value !== undefined) return [value];
    reader.add(errorAt(reader.place(path), wrong));
    return [];
  });
}

export function hostOf(text: string): string | undefined {
  if (text === '*') return text;
  return /^(\[[0-9a-f:.]+\]|[\p{L}\p{N}_.-]+)(:\d{1,5})?$/iu.test(text) && URL.canParse(`http://${text}`)
    ? text.toLowerCase()
    : undefined;
}

function headerOf(text: string): string | undefined {
  return isHeader(text, '') ? text : undefined;
}

/** Headers that belong to the connection or to the protocol, whoever writes them. */
const OF_RESPONSE =
  /^(connection|content-(length|encoding|type)|transfer-encoding|upgrade|trailer|keep-alive|date|set-cookie|sec-websocket-.*|mcp-session-id|mcp-protocol-version|x-request-id|access-control-.*)$/i;

/** Whether a configuration may add this header to responses. */
export function isResponseHeader(name: string, value: string): boolean {
  return isHeader(name, value) && !OF_RESPONSE.test(name);
}

import { dirname, resolve } from 'node:path';
import { canonicalHost, isLoopback } from '../protocol/host.js';
import { checkPart, keysOf } from './check-part.js';
import { describe, errorAt, isComment, warningAt } from './finding.js';
import { isRecord } from './foreign-root.js';
import type { WrittenGrant } from './grant-schema.js';
import { type IssuerPlan, TOKEN_ALGORITHMS, type TokenCondition, type TokenGrant } from './issuer-plan.js';
import type { JsonPath } from './json-source.js';
import { JWT } from './jwt-defaults.js';
import type { WrittenIssuer } from './jwt-schema.js';
import { durationMs } from './mode.js';
import { chooseProxy } from './proxy-choice.js';
import { readGrant } from './read-grant.js';
import type { SectionReader } from './section-reader.js';

/** Reads "jwt": an issuer, or a list of them; what cannot be used is left out and reported. */
export async function readIssuers(
  reader: SectionReader,
  written: unknown,
  publicUrl: string | undefined,
): Promise<IssuerPlan[]> {
  if (written === undefined || written === false) return [];
  const all = Array.isArray(written) ? written : [written];
  const read: { plan: IssuerPlan; path: JsonPath }[] = [];
  for (const [i, one] of all.entries()) {
    const path = Array.isArray(written) ? ['jwt', i] : ['jwt'];
    const plan = await readIssuer(reader, one, path, publicUrl);
    if (plan) read.push({ plan, path });
  }
  return read.flatMap(({ plan, path }, i) => {
    const isFirst = read.findIndex((other) => other.plan.issuer === plan.issuer) === i;
    if (!isFirst) reader.add(errorAt(reader.place([...path, 'issuer']), 'jwt-issuer-twice'));
    return isFirst ? [plan] : [];
  });
}

/** Where clients have the gateway: without a slash at the end; undefined: it is not written, or is none. */
export function readPublicUrl(reader: SectionReader, written: string | undefined): string | undefined {
  const given = reader.text(['publicUrl'], written);
  if (given === undefined) return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !isBare(url) || !isGuarded(url))
    return reader.add(errorAt(reader.place(['publicUrl']), 'gateway-public-url'));
  return url.origin + url.pathname.replace(/\/+$/, '');
}

async function readIssuer(
  reader: SectionReader,
  written: unknown,
  path: JsonPath,
  publicUrl: string | undefined,
): Promise<IssuerPlan | undefined> {
  const place = reader.place(path);
  if (!isRecord(written))
    return reader.add(errorAt(place, 'shape', { shape: { id: 'jwt' }, came: describe(written) }));
  const { issues, value } = await checkPart('issuer', written);
  const isOfGrant = ([key]: JsonPath) => key === 'grants';
  const known = (inside: JsonPath) =>
    isOfGrant(inside) ? keysOf('issuer', 'grants', 'any') : keysOf('issuer');
  reader.addIssues(written, issues, known, path);
  const { audience, jwks, scopes, clockTolerance } = value;
  const issuer = readUrl(reader, [...path, 'issuer'], value.issuer);
  if (issuer === undefined) return undefined;
  const wants = texts(reader, [...path, 'audience'], audience);
  if (wants.length === 0 && publicUrl === undefined && audience === undefined)
    reader.add(errorAt(place, 'jwt-audience', { issuer: new URL(issuer).host }));
  if (value.grants === undefined) reader.add(warningAt(place, 'jwt-no-grants'));
  const keysAt = readKeysAt(reader, [...path, 'jwks'], jwks, issuer);
  return {
    issuer,
    audience: wants,
    ...(keysAt ? { keysAt } : {}),
    algorithms: readAlgorithms(reader, [...path, 'algorithms'], value.algorithms),
    clockToleranceMs: readTolerance(clockTolerance),
    scopes: readScopes(reader, [...path, 'scopes'], scopes),
    grants: readGrants(reader, [...path, 'grants'], value.grants),
    network: networkOf(reader, keysAt && 'url' in keysAt ? keysAt.url : issuer),
  };
}

/** An address of https, or of this machine. */
function readUrl(reader: SectionReader, path: JsonPath, written: string | undefined): string | undefined {
  // What is lacking or cannot be read is reported already.
  const given = reader.text(path, written);
  if (given === undefined) return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url && isBare(url) && isGuarded(url)) return given;
  return reader.add(errorAt(reader.place(path), 'jwt-issuer'));
}

function readKeysAt(
  reader: SectionReader,
  path: JsonPath,
  written: string | undefined,
  issuer: string,
): IssuerPlan['keysAt'] {
  const given = reader.text(path, written);
  if (given === undefined) return undefined;
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(given)) return { file: resolve(dirname(reader.source.file), given) };
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isAllowed =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal(url) && isLocal(new URL(issuer)));
  if (isAllowed && url!.username === '' && url!.password === '') return { url: given };
  return reader.add(errorAt(reader.place(path), 'jwt-jwks'));
}

function readAlgorithms(
  reader: SectionReader,
  path: JsonPath,
  written: WrittenIssuer['algorithms'],
): string[] {
  if (written === undefined) return [...JWT.algorithms];
  const known: readonly string[] = TOKEN_ALGORITHMS;
  const all = texts(reader, path, written);
  const wrong = all.filter((one) => !known.includes(one));
  if (wrong.length > 0 || all.length === 0)
    reader.add(errorAt(reader.place(path), 'jwt-algorithm', { known }));
  return all.filter((one) => known.includes(one));
}

function readTolerance(written: WrittenIssuer['clockTolerance']): number {
  const ms = typeof written === 'string' ? durationMs(written)! : (written ?? JWT.clockToleranceMs);
  return Math.min(ms, JWT.mostClockToleranceMs);
}

/** RFC 6749 §3.3: a scope has no space and no quotation mark. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function readScopes(reader: SectionReader, path: JsonPath, written: WrittenIssuer['scopes']): string[] {
  const all = texts(reader, path, written);
  if (!all.every((one) => SCOPE.test(one))) reader.add(errorAt(reader.place(path), 'jwt-scope'));
  return all.filter((one) => SCOPE.test(one));
}

function readGrants(
  reader: SectionReader,
  path: JsonPath,
  written: Readonly<Record<string, WrittenGrant>> | undefined,
): TokenGrant[] | undefined {
  if (written === undefined) return undefined;
  return Object.entries(written).flatMap(([name, grant]) => {
    if (isComment(name)) return [];
    const on = conditionOf(name);
    if (on) return [{ name, on, grant: readGrant(reader, [...path, name], grant) }];
    reader.add(errorAt(reader.place([...path, name]), 'jwt-grant'));
    return [];
  });
}

function conditionOf(name: string): TokenCondition | undefined {
  if (name === '*') return { kind: 'any' };
  const [, kind, rest = ''] = /^(scope|sub|client|claim):(.+)$/s.exec(name) ?? [];
  if (kind === 'scope') return SCOPE.test(rest) ? { kind, value: rest } : undefined;
  if (kind === 'sub') return { kind: 'claim', names: ['sub'], value: rest };
  // RFC 8693 §4.3; OpenID Connect Core §2; Entra ID of version 1.
  if (kind === 'client') return { kind: 'claim', names: ['client_id', 'azp', 'appid'], value: rest };
  const [, claim, value] = /^([^=]+)=(.+)$/s.exec(rest) ?? [];
  return kind === 'claim' && claim !== undefined ? { kind, names: [claim], value: value! } : undefined;
}

function texts(
  reader: SectionReader,
  path: JsonPath,
  written: string | readonly string[] | undefined,
): string[] {
  if (written === undefined) return [];
  const isList = typeof written !== 'string';
  return [written].flat().flatMap((one, i) => reader.text(isList ? [...path, i] : path, one) ?? []);
}

function networkOf(reader: SectionReader, url: string): IssuerPlan['network'] {
  const { proxy, findings, secrets } = chooseProxy(url, reader.environment);
  reader.findings.push(...findings);
  reader.secrets.push(...secrets);
  return proxy ? { proxy } : {};
}

/** Without what an issuer or a base has not (RFC 8414 §2). */
function isBare({ username, password, search, hash }: URL): boolean {
  return username === '' && password === '' && search === '' && hash === '';
}

function isGuarded(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal(url));
}

function isLocal({ hostname }: URL): boolean {
  return isLoopback(canonicalHost(hostname));
}

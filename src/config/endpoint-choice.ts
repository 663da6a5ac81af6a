import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import { plainLetters } from '../protocol/plain-letters.js';
import { checkAddress } from './address.js';
import type { Environment } from './environment.js';
import { errorAt, warningAt } from './finding.js';
import { interpolate, type Variables } from './interpolate.js';
import type { Place } from './place.js';

/** Variables that start with this name belong to mcp-pipe; servers do not get them. */
export const ENDPOINT_VARIABLE = 'MCP_ENDPOINT';

/** An address in a server's own entry. */
export interface EndpointField {
  place: Place;
  text: string;
  /** The variables that it names. */
  variables: readonly string[];
  /** Errors in its variables; they count only when this address is used. */
  findings: readonly Finding[];
  /** True for an address in a list: all addresses of the list are used. */
  isListed: boolean;
}

/** Reads an address, or a list of them, as a configuration has it; an empty one is left out. */
export function readAddresses(
  given: unknown,
  placeOf: (...inside: number[]) => Place,
  variables: Variables,
): (EndpointField & { secrets: readonly string[] })[] {
  const isListed = Array.isArray(given);
  return (isListed ? given : [given]).flatMap((one: unknown, i) => {
    if (one === undefined || one === '') return [];
    const place = isListed ? placeOf(i) : placeOf();
    const read = interpolate(String(one), place, variables);
    const findings = read.findings.map((found) => wholeAddress(found, String(one)));
    return [{ ...read, findings, place, isListed }];
  });
}

/** A missing variable that is all there is of an address holds the whole address: its name may let one think of the token. */
function wholeAddress(found: Finding, written: string): Finding {
  if (found.id !== 'missing-variable' || written.trim() !== `\${${found.params.name}}`) return found;
  return { ...found, id: 'missing-address' };
}

/** Where an address stands, and how it is spelt there. */
export interface AddressOrigin {
  place: Place;
  /** The spelling, with its variables filled in, token included. */
  text: string;
  /** The variables that the address comes from. */
  variables: readonly string[];
}

export interface EndpointChoice {
  /** Undefined when no address is set, or the one that is set cannot be used; then `findings` says why. */
  endpoint: Endpoint | undefined;
  /** Undefined when no address is set. */
  origin: AddressOrigin | undefined;
  findings: readonly Finding[];
  /** Values that were read from files. */
  secrets: readonly string[];
}

/**
 * The addresses of a server: those of the list in its entry, else the one that `chooseEndpoint` takes. Of equal addresses
 * only the first counts. An address that is not set is an empty choice.
 *
 * @param isOfAgents Agents have the server: the addresses for servers without one are not meant for it.
 */
export function chooseEndpoints(
  fields: readonly EndpointField[],
  variables: readonly string[],
  override: string | undefined,
  environment: Environment,
  isOfAgents: boolean,
): EndpointChoice[] {
  const listed = fields.filter(({ isListed, text, findings }) => isListed && !isUnset(text, findings));
  if (listed.length > 0) return addressesOf(listed);
  if (!isOfAgents) return [chooseEndpoint(fields, variables, override, environment)];
  const own = ownEndpoint(fields, variables, environment);
  return own === undefined ? [] : [own];
}

/** Each address of these fields once, with a warning for an address that comes again. */
export function addressesOf(fields: readonly EndpointField[]): EndpointChoice[] {
  const known = new Map<string, EndpointChoice>();
  const choices: EndpointChoice[] = [];
  for (const { text, place, variables, findings } of fields) {
    if (findings.length > 0) {
      choices.push({ ...NONE, findings });
      continue;
    }
    if (isUnset(text, findings)) continue;
    const choice = chosen(text, place, variables);
    const identity = choice.endpoint?.identity;
    const before = identity === undefined ? undefined : known.get(identity);
    if (before === undefined) {
      choices.push(choice);
      if (identity !== undefined) known.set(identity, choice);
      continue;
    }
    const { fingerprint } = before.endpoint!;
    before.findings = [...before.findings, warningAt(place, 'endpoint-twice', { fingerprint })];
  }
  return choices;
}

function isUnset(text: string, findings: readonly Finding[]): boolean {
  return findings.length === 0 && text.trim() === '';
}

/**
 * Takes the first of these that is set and not empty: the fields of the entry, MCP_ENDPOINT_<NAME>, `--endpoint`,
 * MCP_ENDPOINT. A variable that is not set may have a `_FILE` twin.
 */
export function chooseEndpoint(
  fields: readonly EndpointField[],
  variables: readonly string[],
  override: string | undefined,
  environment: Environment,
): EndpointChoice {
  const own = ownEndpoint(fields, variables, environment);
  if (own !== undefined) return own;
  const place = { file: '', path: '--endpoint', line: undefined };
  if (override?.trim()) return chosen(override, place, []);
  return fromVariable(ENDPOINT_VARIABLE, environment) ?? NONE;
}

/** The address that is meant for this server alone. */
function ownEndpoint(
  fields: readonly EndpointField[],
  variables: readonly string[],
  environment: Environment,
): EndpointChoice | undefined {
  for (const { text, place, variables: named, findings } of fields) {
    if (findings.length > 0) return { ...NONE, findings };
    if (text.trim() !== '') return chosen(text, place, named);
  }
  for (const variable of variables) {
    const own = fromVariable(variable, environment);
    if (own) return own;
  }
  return undefined;
}

const NONE: EndpointChoice = { endpoint: undefined, origin: undefined, findings: [], secrets: [] };

function fromVariable(name: string, environment: Environment): EndpointChoice | undefined {
  const { value, place, fromFile, unreadable } = environment.read(name);
  if (unreadable !== undefined) {
    return { ...NONE, findings: [errorAt(place, 'secret-file', { name, ...unreadable })] };
  }
  if (!value?.trim()) return undefined;
  return { ...chosen(value, place, [name]), secrets: fromFile ? [value] : [] };
}

function chosen(written: string, place: Place, variables: readonly string[]): EndpointChoice {
  const { endpoint, findings, text } = checkAddress(written, place);
  return { ...NONE, endpoint, findings, origin: { place, text, variables } };
}

/**
 * The variables for a server, best first: `MCP_ENDPOINT_<NAME>`, and until 1.0 its former spelling, in which letters with
 * marks are `_`. A variable is left out when the name has no letter or digit that it could have, or when it already means
 * the file of another one (`MCP_ENDPOINT_FILE`).
 */
export function endpointVariables(names: readonly string[]): (name: string) => string[] {
  const files = new Set(names.flatMap(variableSuffixes).map((suffix) => `${suffix}_FILE`)).add('FILE');
  return (name) =>
    variableSuffixes(name)
      .filter((suffix) => /[A-Z0-9]/.test(suffix) && !files.has(suffix))
      .map((suffix) => `${ENDPOINT_VARIABLE}_${suffix}`);
}

/** A name as a part of the name of a variable: `my-server` is MY_SERVER; best first. */
export function variableSuffixes(name: string): string[] {
  const suffixes = [plainLetters(name), name].map((text) => text.toUpperCase().replace(/[^A-Z0-9]+/g, '_'));
  return [...new Set(suffixes)];
}

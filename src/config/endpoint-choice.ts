import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import { plainLetters } from '../protocol/plain-letters.js';
import { checkAddress } from './address.js';
import type { Environment } from './environment.js';
import { errorAt } from './finding.js';
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
 * Takes the first of these that is set and not empty: the fields of the entry, MCP_ENDPOINT_<NAME>, `--endpoint`,
 * MCP_ENDPOINT. A variable that is not set may have a `_FILE` twin.
 */
export function chooseEndpoint(
  fields: readonly EndpointField[],
  variables: readonly string[],
  override: string | undefined,
  environment: Environment,
): EndpointChoice {
  for (const { text, place, variables: named, findings } of fields) {
    if (findings.length > 0) return { ...NONE, findings };
    if (text.trim() !== '') return chosen(text, place, named);
  }
  for (const variable of variables) {
    const own = fromVariable(variable, environment);
    if (own) return own;
  }
  const place = { file: '', path: '--endpoint', line: undefined };
  if (override?.trim()) return chosen(override, place, []);
  return fromVariable(ENDPOINT_VARIABLE, environment) ?? NONE;
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

function variableSuffixes(name: string): string[] {
  const suffixes = [plainLetters(name), name].map((text) => text.toUpperCase().replace(/[^A-Z0-9]+/g, '_'));
  return [...new Set(suffixes)];
}

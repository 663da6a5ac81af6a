import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import { checkAddress } from './address.js';
import type { Environment } from './environment.js';
import { errorAt } from './finding.js';
import type { Place } from './place.js';
import type { EndpointField } from './servers.js';

/** Variables that start with this name belong to mcp-pipe; servers do not get them. */
export const ENDPOINT_VARIABLE = 'MCP_ENDPOINT';

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
  variable: string | undefined,
  override: string | undefined,
  environment: Environment,
): EndpointChoice {
  for (const { text, place, variables, findings } of fields) {
    if (findings.length > 0) return { ...NONE, findings };
    if (text.trim() !== '') return chosen(text, place, variables);
  }
  const own = variable === undefined ? undefined : fromVariable(variable, environment);
  if (own) return own;
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
 * The variable for a server, `MCP_ENDPOINT_<NAME>`. Undefined when the name has no letter or digit that a variable
 * could have, or when the variable already means the file of another one (`MCP_ENDPOINT_FILE`).
 */
export function endpointVariables(names: readonly string[]): (name: string) => string | undefined {
  const files = new Set(names.map((name) => `${variableSuffix(name)}_FILE`)).add('FILE');
  return (name) => {
    const suffix = variableSuffix(name);
    return /[A-Z0-9]/.test(suffix) && !files.has(suffix) ? `${ENDPOINT_VARIABLE}_${suffix}` : undefined;
  };
}

function variableSuffix(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

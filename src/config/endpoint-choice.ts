import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import { checkAddress } from './address.js';
import type { Environment } from './environment.js';
import { errorAt } from './finding.js';
import type { Place } from './place.js';
import type { EndpointField } from './servers.js';

/** Every variable that starts like this is given to mcp-pipe, not to its servers. */
export const ENDPOINT_VARIABLE = 'MCP_ENDPOINT';

/** Where an address stands, and how it is written there. */
export interface AddressOrigin {
  place: Place;
  /** As it stands there, its variables filled in, token included. */
  text: string;
  /** The variables that it comes from. */
  variables: readonly string[];
}

export interface EndpointChoice {
  /** Undefined when none is set, or the one that is set cannot be used; in the latter case `findings` says why. */
  endpoint: Endpoint | undefined;
  /** Undefined when none is set. */
  origin: AddressOrigin | undefined;
  findings: readonly Finding[];
  /** Values read from files. */
  secrets: readonly string[];
}

/**
 * The first of these that is set and not empty: the fields of the entry, MCP_ENDPOINT_<NAME>, `--endpoint`,
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
 * The variable for each server, `MCP_ENDPOINT_<NAME>`; undefined when there is none: the name has no letters or
 * digits a variable could hold, or the variable already means the file of another one (`MCP_ENDPOINT_FILE`).
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

import type { Came } from '../observe/messages/parts.js';
import { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { Environment } from './environment.js';
import { errorAt, warningAt } from './finding.js';
import type { Place } from './json-source.js';
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
    if (text.trim() !== '')
      return { ...NONE, ...checkAddress(text, place), origin: { place, text, variables } };
  }
  const own = variable === undefined ? undefined : fromVariable(variable, environment);
  if (own) return own;
  const place = { file: '', path: '--endpoint', line: undefined };
  if (override?.trim()) {
    return { ...NONE, ...checkAddress(override, place), origin: { place, text: override, variables: [] } };
  }
  return fromVariable(ENDPOINT_VARIABLE, environment) ?? NONE;
}

const NONE: EndpointChoice = { endpoint: undefined, origin: undefined, findings: [], secrets: [] };

function fromVariable(name: string, environment: Environment): EndpointChoice | undefined {
  const { value, place, fromFile, unreadable } = environment.read(name);
  if (unreadable !== undefined) {
    return { ...NONE, findings: [errorAt(place, 'secret-file', { name, ...unreadable })] };
  }
  if (!value?.trim()) return undefined;
  return {
    ...checkAddress(value, place),
    origin: { place, text: value, variables: [name] },
    secrets: fromFile ? [value] : [],
  };
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

export function checkAddress(
  text: string,
  place: Place,
): { endpoint: Endpoint | undefined; findings: Finding[] } {
  const address = text.trim();
  const invalid = (finding: Finding) => ({ endpoint: undefined, findings: [finding] });
  if (!URL.canParse(address)) {
    return invalid(errorAt(place, 'endpoint-no-address', { came: shapeOf(address) }));
  }
  const url = new URL(address);
  if (url.protocol === 'http:' || url.protocol === 'https:') {
    const shown = `${url.protocol}//${url.host}${url.pathname}`;
    const to = url.protocol === 'http:' ? 'ws:' : 'wss:';
    return invalid(errorAt(place, 'endpoint-http', { shown, from: url.protocol, to }));
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    return invalid(errorAt(place, 'endpoint-other-scheme'));
  }
  const endpoint = new Endpoint(address);
  if (url.pathname.includes('/mcp_endpoint/call')) {
    return invalid(errorAt(place, 'endpoint-for-callers', { shown: String(endpoint) }));
  }
  return { endpoint, findings: doubts(endpoint, url, place) };
}

function doubts(endpoint: Endpoint, url: URL, place: Place): Finding[] {
  const found: Finding[] = [];
  const shown = String(endpoint);
  if (url.pathname.endsWith('/mcp_endpoint/mcp')) {
    found.push(warningAt(place, 'endpoint-no-slash', { shown }));
  }
  if (/\/call\/?$/.test(url.pathname)) {
    found.push(warningAt(place, 'endpoint-maybe-for-callers', { shown }));
  }
  const isMissing = endpoint.token === '' && wantsToken(url);
  if (isMissing || PLACEHOLDER.test(endpoint.token)) {
    found.push(warningAt(place, 'endpoint-placeholder', { isMissing }));
  }
  return found;
}

/** The cloud, and the paths of endpoints like it; elsewhere an address may do without. */
function wantsToken({ hostname, pathname }: URL): boolean {
  return hostname === 'api.xiaozhi.me' || /^(\/mcp_endpoint)?\/mcp\/?$/.test(pathname);
}

/** What documentation writes for a token. What ends in an ellipsis was shortened by whoever showed it. */
export const PLACEHOLDER =
  /^(<.*>|\[.*\]|\{.*\}|.*(?:\.{3}|…)|x{3,}|token[_-]?\d*|.*your[_-]?.*token.*|.*token[_-]?here.*|changeme)$/i;

/** What came instead of an address, without repeating it. */
function shapeOf(text: string): Came {
  if (/^["'`]/.test(text)) return 'quoted-address';
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) && text.startsWith('eyJ')) return 'bare-token';
  return { addressLength: text.length };
}

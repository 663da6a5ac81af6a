import { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { Environment } from './environment.js';
import { errorAt, type Said, warningAt } from './finding.js';
import { secretFile } from './interpolate.js';
import type { Place } from './json-source.js';
import type { EndpointField } from './servers.js';

/** Every variable that starts like this is given to mcp-pipe, not to its servers. */
export const ENDPOINT_VARIABLE = 'MCP_ENDPOINT';

export interface EndpointChoice {
  /** Undefined when none is set, or the one that is set cannot be used; in the latter case `findings` says why. */
  endpoint: Endpoint | undefined;
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
  for (const { text, place, findings } of fields) {
    if (findings.length > 0) return { endpoint: undefined, findings, secrets: [] };
    if (text.trim() !== '') return { ...checkAddress(text, place), secrets: [] };
  }
  const own = variable === undefined ? undefined : fromVariable(variable, environment);
  if (own) return own;
  const option = { file: '', path: '--endpoint', line: undefined };
  if (override?.trim()) return { ...checkAddress(override, option), secrets: [] };
  return fromVariable(ENDPOINT_VARIABLE, environment) ?? { endpoint: undefined, findings: [], secrets: [] };
}

function fromVariable(name: string, environment: Environment): EndpointChoice | undefined {
  const { value, place, fromFile, unreadable } = environment.read(name);
  if (unreadable !== undefined) {
    return { endpoint: undefined, findings: [errorAt(place, secretFile(name, unreadable))], secrets: [] };
  }
  if (!value?.trim()) return undefined;
  return { ...checkAddress(value, place), secrets: fromFile ? [value] : [] };
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

const EXAMPLE = 'wss://api.xiaozhi.me/mcp/?token=…';

function checkAddress(text: string, place: Place): { endpoint: Endpoint | undefined; findings: Finding[] } {
  const address = text.trim();
  const invalid = (said: Omit<Said, 'code'>) => ({
    endpoint: undefined,
    findings: [errorAt(place, { code: 'CONFIG_ENDPOINT_INVALID', ...said })],
  });
  if (!URL.canParse(address)) {
    return invalid({
      expected: `an address like ${EXAMPLE}`,
      got: shapeOf(address),
      next: 'Copy the whole address again.',
    });
  }
  const url = new URL(address);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
    const next = isHttp
      ? `Write ${url.protocol === 'http:' ? 'ws' : 'wss'}:// instead of ${url.protocol}//.`
      : 'Copy the whole address again.';
    const got = isHttp ? `${url.protocol}//${url.host}${url.pathname}` : 'an address of another kind';
    return invalid({ expected: 'an address that starts with wss:// or ws://', got, next });
  }
  const endpoint = new Endpoint(address);
  if (url.pathname.includes('/mcp_endpoint/call')) {
    const next = 'This one is for callers: write /mcp_endpoint/mcp/ instead of /mcp_endpoint/call/.';
    return invalid({ expected: 'the address for MCP servers', got: String(endpoint), next });
  }
  return { endpoint, findings: doubts(endpoint, url).map((said) => warningAt(place, said)) };
}

function doubts(endpoint: Endpoint, url: URL): Said[] {
  const said: Said[] = [];
  const got = String(endpoint);
  if (url.pathname.endsWith('/mcp_endpoint/mcp')) {
    const next =
      'Write /mcp_endpoint/mcp/ with the slash: without it the self-hosted endpoint answers HTTP 403.';
    said.push({ code: 'CONFIG_ENDPOINT_DOUBTFUL', expected: 'a path that ends with a slash', got, next });
  }
  if (/\/call\/?$/.test(url.pathname)) {
    const next =
      'This one is for callers, and a server there is never asked anything: write /mcp/ instead of /call/.';
    said.push({ code: 'CONFIG_ENDPOINT_DOUBTFUL', expected: 'the address for MCP servers', got, next });
  }
  const isMissing = endpoint.token === '' && wantsToken(url);
  if (isMissing || PLACEHOLDER.test(endpoint.token)) {
    const what = isMissing ? 'none' : 'a placeholder';
    const next = 'Copy your own address from the console of the endpoint; it will refuse this one.';
    said.push({ code: 'CONFIG_ENDPOINT_PLACEHOLDER', expected: 'a real token', got: what, next });
  }
  return said;
}

/** The cloud, and the paths of endpoints like it; elsewhere an address may do without. */
function wantsToken({ hostname, pathname }: URL): boolean {
  return hostname === 'api.xiaozhi.me' || /^(\/mcp_endpoint)?\/mcp\/?$/.test(pathname);
}

/** What documentation writes for a token. What ends in an ellipsis was shortened by whoever showed it. */
const PLACEHOLDER =
  /^(<.*>|\[.*\]|\{.*\}|.*(?:\.{3}|…)|x{3,}|token[_-]?\d*|.*your[_-]?.*token.*|.*token[_-]?here.*|changeme)$/i;

/** What came instead of an address, without repeating it. */
function shapeOf(text: string): string {
  if (/^["'`]/.test(text)) return 'a text that begins with a quotation mark';
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) && text.startsWith('eyJ')) return 'a token alone';
  return `a text of ${text.length} characters that is no address`;
}

import { isIP } from 'node:net';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import { canonicalHost, isInNetwork } from '../protocol/host.js';
import { HttpProxy } from '../protocol/http-proxy.js';
import type { Environment } from './environment.js';
import { warningAt } from './finding.js';

/** How an endpoint is reached. */
export interface ProxyChoice {
  /** Undefined: the endpoint is dialled directly. */
  proxy: HttpProxy | undefined;
  /** The variable that decides; undefined when none is set. */
  variable: string | undefined;
  /** Why the configured proxy cannot be used. */
  findings: readonly Finding[];
  /** The login of the proxy, in each spelling. */
  secrets: readonly string[];
}

/**
 * The variables in the order in which curl and Python's websockets read them. `ws://` prefers a proxy for encrypted
 * connections, too (RFC 6455 §4.1). The lower-case spelling wins over the upper-case one, and means "no proxy" when it
 * is empty.
 */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'wss:': ['WSS_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'],
  'ws:': ['WS_PROXY', 'HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'],
  'https:': ['HTTPS_PROXY', 'ALL_PROXY'],
  'http:': ['HTTP_PROXY', 'ALL_PROXY'],
};

const DIRECTLY: ProxyChoice = { proxy: undefined, variable: undefined, findings: [], secrets: [] };

/** The endpoints behind one proxy. */
export interface ProxyUse {
  /** Host and port. */
  proxy: string;
  /** Which variable names it. */
  variable: string;
  /** Host and port of each endpoint. */
  hosts: readonly string[];
}

/** `isDirect`: no proxy, even if the environment names one. */
export function proxyChooser(
  environment: Environment,
  isDirect: boolean,
): (endpoint: Pick<Endpoint, 'href'>) => ProxyChoice {
  return (endpoint) => (isDirect ? DIRECTLY : chooseProxy(endpoint.href, environment));
}

/** The endpoints that are dialled through a proxy. */
export function proxyUses(
  endpoints: readonly Endpoint[],
  proxyFor: (endpoint: Endpoint) => ProxyChoice,
): ProxyUse[] {
  const uses = new Map<string, ProxyUse & { hosts: string[] }>();
  for (const endpoint of endpoints) {
    const { proxy, variable = '' } = proxyFor(endpoint);
    if (!proxy) continue;
    const key = `${proxy} ${variable}`;
    const use = uses.get(key) ?? { proxy: String(proxy), variable, hosts: [] };
    if (!use.hosts.includes(endpoint.host)) use.hosts.push(endpoint.host);
    uses.set(key, use);
  }
  return [...uses.values()];
}

/** The proxy that the environment names for an address. NO_PROXY has to name loopback too, as for curl. */
export function chooseProxy(href: string, environment: Environment): ProxyChoice {
  const { protocol, hostname, port } = new URL(href);
  const variable = (VARIABLES[protocol] ?? [])
    .map((name) => variableOf(name, environment))
    .find((name) => environment.get(name)?.trim());
  if (variable === undefined) return DIRECTLY;
  const host = canonicalHost(hostname);
  const exceptions = environment.get(variableOf('NO_PROXY', environment)) ?? '';
  if (isExcepted(host, port || (/^(wss|https):$/.test(protocol) ? '443' : '80'), exceptions)) return DIRECTLY;
  const { value = '', place } = environment.read(variable);
  const address = value.trim();
  try {
    const proxy = new HttpProxy(address);
    return { proxy, variable, findings: [], secrets: proxy.secrets };
  } catch {
    const [scheme] = /^[a-z][a-z\d+.-]*(?=:\/\/)/i.exec(address) ?? [];
    const isSocks = /^socks/i.test(scheme ?? '');
    // An unusable value may still be an address with a password.
    const findings = [
      isSocks
        ? warningAt(place, 'proxy-socks', { variable, scheme: scheme!.toLowerCase() })
        : warningAt(place, 'proxy-no-address', { variable }),
    ];
    return { proxy: undefined, variable, findings, secrets: loginsOf(address) };
  }
}

function variableOf(name: string, environment: Environment): string {
  const small = name.toLowerCase();
  return environment.get(small) === undefined ? name : small;
}

function loginsOf(address: string): string[] {
  const [, login = ''] = /^(?:[a-z][a-z\d+.-]*:\/\/)?([^@]*)@/i.exec(address) ?? [];
  return [login, login.slice(login.indexOf(':') + 1)].filter((value) => value !== '');
}

/**
 * Whether NO_PROXY names the host: by its name (which includes the names below it), with or without a port, by a
 * network (`10.0.0.0/8`), or by `*`. Entries are separated by commas or spaces.
 */
export function isExcepted(host: string, port: string, exceptions: string): boolean {
  return exceptions
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .some((part) => isNamed(host, port, part.toLowerCase()));
}

function isNamed(host: string, port: string, part: string): boolean {
  if (part === '*') return true;
  const [, network, bits] = /^\[?([\da-f.:]+)\]?\/(\d{1,3})$/.exec(part) ?? [];
  if (network !== undefined) return isInNetwork(host, network, Number(bits));
  const [, bracketed, bracketedPort] = /^(\[.*\])(?::(\d+))?$/.exec(part) ?? [];
  // An IPv6 address without brackets has no port.
  const [, plain, plainPort] = isIP(part) === 6 ? [] : (/^(.*?)(?::(\d+))?$/.exec(part) ?? []);
  const wantedPort = bracketedPort ?? plainPort;
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const name = canonicalName((bracketed ?? plain ?? part).replace(/^\*?\./, ''));
  if (name === '') return false;
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

/** The spelling of `URL`: `[::FFFF:10.0.0.1]` and `10.0.0.1` become equal. */
function canonicalName(name: string): string {
  const bare = isIP(name) === 6 ? `[${name}]` : name;
  return canonicalHost(URL.canParse(`ws://${bare}`) ? new URL(`ws://${bare}`).hostname : bare);
}

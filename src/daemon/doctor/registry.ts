import { execFile } from 'node:child_process';
import { DOCTOR } from '../../config/doctor-bounds.js';
import { Environment } from '../../config/environment.js';
import { kindOf } from '../../config/kinds/kinds.js';
import type { ServerPlan } from '../../config/plan.js';
import { chooseProxy } from '../../config/proxy-choice.js';
import { type Item, item } from './item.js';
import { diagnosisOf } from './judge-reach.js';
import type { PackageState } from './package-states.js';
import { type ReachFacts, reach } from './reach.js';

/** One package at one registry, and the servers that need it. */
export interface RegistryTarget {
  /** The registry's address without login and query. */
  registry: URL;
  /** Undefined: only the registry itself is asked. */
  pkg: string | undefined;
  servers: string[];
  proxy: ReturnType<typeof chooseProxy>['proxy'];
}

const NPM = 'https://registry.npmjs.org/';
const PYPI = 'https://pypi.org/simple/';

/** Which registries the servers would download from, as npm and uv themselves choose them. */
export async function registryTargets(
  servers: readonly ServerPlan[],
  signal: AbortSignal,
): Promise<RegistryTarget[]> {
  const found = new Map<string, RegistryTarget>();
  const asked = new Map<string, Promise<NpmConfig>>();
  for (const server of servers) {
    const fetched = kindOf(server).fetches?.(server);
    if (!fetched) continue;
    const { registry: kind, name, cwd, env } = fetched;
    const scope = kind === 'npm' && name?.startsWith('@') ? name.split('/', 1)[0] : undefined;
    const key = JSON.stringify([
      kind,
      cwd,
      scope,
      Object.entries(env).filter(([one]) => NPM_VARIABLES.test(one)),
    ]);
    const npm = kind === 'npm' ? await remembered(asked, key, () => npmConfig(cwd, env, scope, signal)) : {};
    const registry = addressOf(
      kind === 'npm' ? (npm.registry ?? NPM) : (env.UV_DEFAULT_INDEX ?? env.UV_INDEX_URL ?? PYPI),
    );
    if (!registry) continue;
    const proxied = {
      ...env,
      ...(npm.proxy === undefined ? {} : { HTTPS_PROXY: npm.proxy, HTTP_PROXY: npm.proxy }),
    };
    const { proxy } = chooseProxy(registry.href, new Environment(proxied, cwd));
    const id = JSON.stringify([registry.href, name, String(proxy)]);
    const known = found.get(id) ?? { registry, pkg: name, servers: [], proxy };
    known.servers.push(server.name);
    found.set(id, known);
  }
  return [...found.values()];
}

/** Variables that decide what `npm config get` says. */
const NPM_VARIABLES = /^(npm_config_|PATH$|HOME$|USERPROFILE$|APPDATA$|https?_proxy$|proxy$|no_?proxy$)/i;

function remembered<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** The address without what could be a login; undefined when it is none, or a folder (`file:`). */
function addressOf(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

interface NpmConfig {
  registry?: string;
  proxy?: string;
}

/** Asks npm itself: its registry may stand in any of four .npmrc files, or in the environment. */
function npmConfig(
  cwd: string,
  env: Readonly<Record<string, string>>,
  scope: string | undefined,
  signal: AbortSignal,
): Promise<NpmConfig> {
  const keys = ['registry', 'https-proxy', ...(scope === undefined ? [] : [`${scope}:registry`])];
  const options = {
    cwd,
    env,
    signal,
    timeout: DOCTOR.npmConfigTimeoutMs,
    shell: process.platform === 'win32',
  };
  return new Promise((resolve) => {
    execFile('npm', ['config', 'get', ...keys], options, (error, stdout) =>
      resolve(error ? {} : readNpmConfig(stdout)),
    );
  });
}

/** Reads `key=value` lines; a value that is not set is `undefined` or `null`. */
export function readNpmConfig(stdout: string): NpmConfig {
  const values = new Map<string, string>();
  for (const line of stdout.split(/\r?\n/)) {
    const at = line.indexOf('=');
    const value = line.slice(at + 1).trim();
    if (at > 0 && !['', 'null', 'undefined'].includes(value)) values.set(line.slice(0, at).trim(), value);
  }
  const scoped = [...values].find(([key]) => key.endsWith(':registry'))?.[1];
  const registry = scoped ?? values.get('registry');
  const proxy = values.get('https-proxy');
  return { ...(registry === undefined ? {} : { registry }), ...(proxy === undefined ? {} : { proxy }) };
}

/** Asks a registry for the package, or for its first page. Never rejects. */
export function reachRegistry(
  { registry, pkg, proxy }: RegistryTarget,
  signal: AbortSignal,
): Promise<ReachFacts> {
  const isSecure = registry.protocol === 'https:';
  const hostname = registry.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(registry.port) || (isSecure ? 443 : 80);
  // The registry of npm spells the name of a scoped package with an escaped slash.
  const path =
    pkg === undefined
      ? registry.pathname
      : `${registry.pathname}${encodeURIComponent(pkg).replace('%40', '@')}`;
  return reach({ hostname, port, isSecure, path, proxy }, signal);
}

/** The line about one package at one registry. Pure. */
export function judgeRegistry(
  { registry, pkg, servers }: RegistryTarget,
  facts: ReachFacts,
  states: ReadonlyMap<string, PackageState> = new Map(),
): Item {
  const about = servers.join(', ');
  const isNeeded = !servers.every((server) => states.get(server) === 'direct');
  const { failed, http, tls } = facts;
  const shown = `${registry.host}${registry.pathname === '/' ? '' : registry.pathname.replace(/\/$/, '')}`;
  const refused = tls?.certificate.refused;
  if (failed || !http || refused !== undefined) {
    const timedOut = { reason: 'ETIMEDOUT' };
    const failure =
      refused === undefined
        ? failed?.timedOut
          ? timedOut
          : (failed?.failure ?? timedOut)
        : { reason: refused };
    if (!isNeeded) return item('ok', 'registry', about, 'registry-not-needed', { registry: shown });
    return item('warning', 'registry', about, 'registry-unreachable', {
      registry: shown,
      diagnosis: diagnosisOf(failure),
    });
  }
  const { status, ms } = http;
  if (status >= 400 && !isNeeded)
    return item('ok', 'registry', about, 'registry-not-needed', { registry: shown, status });
  if (status === 401 || status === 403 || status === 407) {
    return item('warning', 'registry', about, 'registry-login', { registry: shown, status });
  }
  if (status === 404 && pkg !== undefined)
    return item('warning', 'registry', about, 'package-missing', { registry: shown, pkg });
  if (status >= 400) return item('warning', 'registry', about, 'registry-error', { registry: shown, status });
  const total = (facts.dns?.ms ?? 0) + (facts.tcpMs ?? 0) + (tls?.ms ?? 0) + ms;
  return item('ok', 'registry', about, 'registry-ok', { registry: shown, ms: total });
}

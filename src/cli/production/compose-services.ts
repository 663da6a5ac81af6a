import { dirname, join } from 'node:path';
import { parse as parseEnv } from 'dotenv';
import { COMPOSE_FILES } from '../../config/check/compose.js';
import { dockerfileOf, durationMs, fillIn, list, record } from '../../config/check/compose-values.js';
import type { CheckHost } from '../../config/check/host.js';
import { isOfThisMachine } from '../../config/of-this-machine.js';
import { extended } from './compose-extends.js';

/** What the points ask of one service of a compose file. */
export interface Service {
  name: string;
  /** With the variables that are known: `ghcr.io/x/mcp-pipe:${VERSION}`, where nothing says which version. */
  image: string | undefined;
  /** It is built here, not pulled: it has `build`, and its image no registry or owner. */
  isBuilt: boolean;
  /** Text of the Dockerfile that it is built from. */
  dockerfile: string | undefined;
  /** It runs mcp-pipe. */
  isOurs: boolean;
  /** It is run by hand for once (`docker compose run`), and is no part of what is up: it has a profile, and `restart: "no"`. */
  isTool: boolean;
  /** Ports of the host that other machines reach; `host`: all that it listens on. */
  published: readonly string[];
  /** Undefined: an image of others, of which the user is not known. */
  isRoot: boolean | undefined;
  environment: Readonly<Record<string, string>>;
  hasLimits: boolean;
  hasHealthcheck: boolean;
  restarts: boolean;
  /** How long it may take to end; undefined: as long as Docker gives it. */
  stopGraceMs: number | undefined;
  /** Containers of this service. */
  replicas: number;
}

export interface ComposeFile {
  file: string;
  services: readonly Service[];
}

/** The names that are looked for beside the configuration, the one for production first. */
const FILES = ['docker-compose.prod.yml', 'deploy/compose/docker-compose.prod.yml', ...COMPOSE_FILES];

/** Settings beside a compose file, those for production first: `docker compose --env-file`, and what compose reads by itself. */
const ENV_FILES = ['.env.production', '.env'];

/** Finds the compose file: the one that is named, else one beside the configuration. */
export function findCompose(named: string | undefined, folder: string, host: CheckHost): string | undefined {
  if (named !== undefined) return named;
  return FILES.map((name) => join(folder, name)).find((path) => host.kindOf(path) === 'file');
}

/**
 * Reads the services of a compose file (compose-spec, 05-services.md).
 *
 * @returns undefined when it cannot be read or is no YAML
 */
export async function readServices(file: string, host: CheckHost): Promise<ComposeFile | undefined> {
  const text = host.textOf(file);
  if (text === undefined) return undefined;
  // A CommonJS package: when bundled, it has only its default export.
  const { parse } = (await import('yaml')).default;
  const servicesOf = (written: string | undefined) => {
    try {
      return record(record(parse(written ?? '', { merge: true })).services);
    } catch {
      return undefined;
    }
  };
  const services = servicesOf(text);
  if (services === undefined) return undefined;
  const readOther = (other: string) => servicesOf(host.textOf(other));
  const folder = dirname(file);
  const settings = parseEnv(ENV_FILES.flatMap((name) => host.textOf(join(folder, name)) ?? [])[0] ?? '');
  const fill = (text: string) => fillIn(text, settings, (unknown) => unknown);
  return {
    file,
    services: Object.entries(services).map(([name, written]) =>
      service(name, extended(record(written), services, file, readOther), folder, host, fill),
    ),
  };
}

function service(
  name: string,
  written: Record<string, unknown>,
  folder: string,
  host: CheckHost,
  fill: (text: string) => string,
): Service {
  const named = typeof written.image === 'string' ? written.image : undefined;
  const image = named && fill(named);
  const deploy = record(written.deploy);
  const healthcheck = record(written.healthcheck);
  const targets = list(written.volumes).map(targetOf);
  const environment = environmentOf(written.environment);
  const dockerfile = dockerfileOf(written.build, folder, host);
  const isOwnImage =
    /mcp[-_]?pipe/i.test(`${named} ${image}`) || (written.build !== undefined && /mcp[-_]?pipe/i.test(name));
  return {
    name,
    image,
    isBuilt: written.build !== undefined && image?.includes('/') !== true,
    dockerfile,
    isOurs:
      isOwnImage ||
      [written.command, written.entrypoint].some((words) =>
        PROGRAM.test(list(words).map(textOf).join(' ')),
      ) ||
      'MCP_ENDPOINT' in environment ||
      targets.some((target) => target.endsWith('/mcp_config.json')),
    isTool: list(written.profiles).length > 0 && written.restart === 'no',
    published: written.network_mode === 'host' ? ['host'] : list(written.ports).flatMap(publishedBy),
    isRoot: isRoot(written.user, dockerfile, isOwnImage),
    environment,
    hasLimits:
      (written.mem_limit !== undefined && written.cpus !== undefined) ||
      record(record(deploy.resources).limits).memory !== undefined,
    hasHealthcheck: hasHealthcheck(healthcheck, dockerfile, isOwnImage),
    restarts:
      (typeof written.restart === 'string' && written.restart !== 'no') ||
      deploy.restart_policy !== undefined,
    stopGraceMs: durationMs(written.stop_grace_period),
    replicas: typeof deploy.replicas === 'number' ? deploy.replicas : 1,
  };
}

/** The program in a command, as one text or a list of words; not a folder of that name behind `--directory=`. */
const PROGRAM = /(^|[\s"])([^\s"=]*\/)?mcp-pipe([\s"@]|$)/;

/** What is built on the image of mcp-pipe has its user and its health check. */
const isOnOurs = (dockerfile: string) =>
  /mcp[-_]?pipe/i.test([...dockerfile.matchAll(/^\s*FROM\s.*/gim)].at(-1)?.[0] ?? '');

/** Its own counts before that of the image: of a Dockerfile, or of mcp-pipe, which has one. */
function hasHealthcheck(
  { disable, test }: Record<string, unknown>,
  dockerfile: string | undefined,
  isOwnImage: boolean,
): boolean {
  if (disable === true || list(test)[0] === 'NONE') return false;
  if (test !== undefined) return true;
  if (dockerfile === undefined) return isOwnImage;
  return isOnOurs(dockerfile) || /^\s*HEALTHCHECK\s(?!\s*NONE)/im.test(dockerfile);
}

/** `user:` counts before the last USER of a Dockerfile; the image of mcp-pipe has a user of its own, most others have none. */
function isRoot(user: unknown, dockerfile: string | undefined, isOwnImage: boolean): boolean | undefined {
  const root = (name: string) => /^(root|0)(:|$)/.test(name);
  if (user !== undefined && user !== null) return root(textOf(user));
  if (dockerfile === undefined) return isOwnImage ? false : undefined;
  const last = [...dockerfile.matchAll(/^\s*(?:USER\s+(\S+)|FROM\s.*)/gim)].at(-1)?.[1];
  return last === undefined ? !isOnOurs(dockerfile) : root(last);
}

/** `8080:8080`, `127.0.0.1:8080:8080`, `8080`, or an object: the port of the host, if others reach it. */
function publishedBy(written: unknown): string[] {
  if (typeof written === 'object' && written !== null) {
    const { published, host_ip: address } = record(written);
    return published === undefined || isOfThisMachine(textOf(address)) ? [] : [textOf(published)];
  }
  // Colons of an IPv6 address and of `${PORT:-443}` separate nothing.
  const port = textOf(written);
  // Two colons behind an address: any port of it.
  const parts = port.replace(/^([^[:]+)::/, '$1:0:').match(/(\$\{[^}]*\}|\[[^\]]*\]|[^:])+/g) ?? [];
  const [address = ''] = parts.length > 2 ? parts : [];
  return isOfThisMachine(address) ? [] : [parts.at(-2) ?? port];
}

/** A text, a number or a word of YAML as text; anything else is none. */
function textOf(value: unknown): string {
  return typeof value === 'object' || value === undefined ? '' : String(value);
}

function targetOf(mount: unknown): string {
  return typeof mount === 'string' ? (mount.split(':')[1] ?? '') : textOf(record(mount).target);
}

function environmentOf(written: unknown): Record<string, string> {
  const pairs = Array.isArray(written)
    ? written.map((one) => textOf(one).split(/=(.*)/s).slice(0, 2))
    : Object.entries(record(written)).map(([name, value]) => [name, textOf(value)]);
  return Object.fromEntries(pairs.map(([name, value]) => [name, value ?? '']));
}

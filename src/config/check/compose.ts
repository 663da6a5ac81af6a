import { basename, dirname, join, resolve } from 'node:path';
import { parse } from 'dotenv';
import { BOUNDS } from '../bounds.js';
import type { Place } from '../place.js';
import { dockerfileOf, durationMs, fillIn, list, record } from './compose-values.js';
import type { CheckHost } from './host.js';

/** What a compose file sets for the service that runs mcp-pipe. Paths are absolute. */
export interface Compose {
  file: string;
  service: string;
  /** The place of a key of the service, for instance of `environment`; the place of the service when it has no such key. */
  placeOf: (key?: string) => Place;
  /** In the order in which compose reads them; a later file overrides an earlier one. */
  envFiles: readonly { file: string; isRequired: boolean }[];
  /** `environment` with its variables filled in as compose does it; undefined: taken from the shell that starts compose. */
  environment: Readonly<Record<string, string | undefined>>;
  mounts: readonly { source: string; target: string; isShort: boolean }[];
  /** True with `configs:`, which may bring the configuration. */
  hasConfigs: boolean;
  /** Text of the Dockerfile that the image is built from, if there is one. */
  dockerfile: string | undefined;
  stopGraceMs: number;
}

/** File names that compose looks for, in its order. */
export const COMPOSE_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/** Undefined when there is no compose file beside the configuration, it cannot be read, or it has no mcp-pipe service. */
export async function readCompose(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  host: CheckHost,
): Promise<Compose | undefined> {
  const file = COMPOSE_FILES.map((name) => join(folder, name)).find((path) => host.kindOf(path) === 'file');
  const text = file && host.textOf(file);
  if (!file || text === undefined) return undefined;
  // A CommonJS package: when bundled, it has only its default export.
  const { LineCounter, parseDocument, isMap } = (await import('yaml')).default;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  if (document.errors.length > 0) return undefined;
  let services: Record<string, unknown>;
  try {
    services = record(record(document.toJS() as unknown).services);
  } catch {
    // An alias of YAML that cannot be resolved.
    return undefined;
  }
  const name = ours(services);
  if (name === undefined) return undefined;
  const service = record(services[name]);
  const here = dirname(file);
  const fromProject = parse(host.textOf(join(here, '.env')) ?? '');
  const fill = (value: string) => fillIn(value, { ...fromProject, ...env });
  const placeOf = (key?: string): Place => {
    const node = document.getIn(['services', name], true);
    const lineOf = (map: unknown, wanted: string) => {
      const pair = isMap(map) ? map.items.find((item) => String(item.key) === wanted) : undefined;
      const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range;
      return range && lines.linePos(range[0]).line;
    };
    const own = key === undefined ? undefined : lineOf(node, key);
    const line = own ?? lineOf(document.getIn(['services'], true), name);
    const path = key === undefined ? `services.${name}` : `services.${name}.${key}`;
    return { file, path, line };
  };
  return {
    file,
    service: name,
    placeOf,
    envFiles: list(service.env_file).map((entry) => {
      const { path, required } = record(entry);
      const written = typeof entry === 'string' ? entry : String(path ?? '');
      return { file: resolve(here, fill(written)), isRequired: required !== false };
    }),
    environment: environmentOf(service.environment, fill),
    mounts: list(service.volumes).flatMap((entry) => mountOf(entry, here, fill)),
    hasConfigs: list(service.configs).length > 0,
    dockerfile: dockerfileOf(service.build, here, host),
    stopGraceMs: durationMs(service.stop_grace_period) ?? BOUNDS.composeStopGraceMs,
  };
}

/** The service that runs mcp-pipe, found by its names or by the variable MCP_ENDPOINT. */
function ours(services: Record<string, unknown>): string | undefined {
  const names = Object.keys(services);
  const says = (pattern: RegExp, part: (name: string) => unknown) =>
    names.find((name) => pattern.test(JSON.stringify(part(name) ?? '')));
  const naming = /mcp[-_]?pipe|xiaozhi/i;
  return (
    says(naming, (name) => {
      const { image, container_name, command, entrypoint } = record(services[name]);
      return [name, image, container_name, command, entrypoint];
    }) ??
    says(/MCP_ENDPOINT/, (name) => record(services[name]).environment) ??
    says(/mcp_config\.json/, (name) => record(services[name]).volumes)
  );
}

function environmentOf(written: unknown, fill: (text: string) => string): Record<string, string | undefined> {
  const pairs: [string, unknown][] = Array.isArray(written)
    ? written.map((entry) => {
        const [name = '', ...value] = String(entry).split('=');
        return [name, value.length === 0 ? undefined : value.join('=')];
      })
    : Object.entries(record(written));
  return Object.fromEntries(
    pairs.map(([name, value]) => [
      name,
      value === undefined || value === null ? undefined : fill(String(value)),
    ]),
  );
}

function mountOf(
  entry: unknown,
  here: string,
  fill: (text: string) => string,
): { source: string; target: string; isShort: boolean }[] {
  if (typeof entry !== 'string') {
    const { type, source, target } = record(entry);
    if (type !== 'bind' || typeof source !== 'string') return [];
    return [{ source: resolve(here, fill(source)), target: String(target ?? ''), isShort: false }];
  }
  // The colon of `C:\` is no separator.
  const [, source = '', target = ''] = /^((?:[A-Za-z]:)?[^:]*):([^:]*)/.exec(fill(entry)) ?? [];
  // A plain word is the name of a volume, not a path.
  return /^[./~]|^[A-Za-z]:/.test(source) ? [{ source: resolve(here, source), target, isShort: true }] : [];
}

/** Whether the Dockerfile copies this file into the image. */
export function copies(dockerfile: string, file: string): boolean {
  return dockerfile
    .split('\n')
    .filter((line) => /^\s*(COPY|ADD)\s/i.test(line) && !/--from=/.test(line))
    .some((line) => line.includes(basename(file)) || /\s(\.\/?|\*|\*\.json|mcp_config\*?\S*)\s/.test(line));
}

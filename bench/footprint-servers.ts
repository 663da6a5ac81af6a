import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A published server that starts without keys or accounts, as of 2026-11-27. An entry of `footprint-servers.json`. */
export interface FootprintServer {
  name: string;
  registry: 'npm' | 'pypi';
  package: string;
  version: string;
  /** Its command in the package. */
  bin: string;
  command: 'npx' | 'uvx';
  /** As a configuration has them. `{folder}`: an empty git repository that it may write to; `{url}`: a page on loopback. */
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** One call that changes nothing and asks no other machine. */
  call: { name: string; arguments: Readonly<Record<string, unknown>> };
  /** One of the six that a small VPS often has. */
  common: boolean;
}

/** Ten published servers, five of npm and five of PyPI. */
export function footprintServers(): readonly FootprintServer[] {
  const file = join(import.meta.dirname, 'footprint-servers.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { servers: FootprintServer[] }).servers;
}

/** The server with `{folder}` and `{url}` replaced wherever they stand. */
export function placed(server: FootprintServer, places: { folder: string; url: string }): FootprintServer {
  const at = JSON.stringify(server).replaceAll(/\{(folder|url)\}/g, (_, name: 'folder' | 'url') =>
    JSON.stringify(places[name]).slice(1, -1),
  );
  return JSON.parse(at) as FootprintServer;
}

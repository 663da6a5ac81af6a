import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { type FootprintServer, footprintServers, placed } from '../../bench/footprint-servers.js';
import { LOCK_FILE } from '../../src/packages/lock-file.js';
import { root as project } from './cli.js';
import { installUv } from './uv.js';

/** A folder with a configuration of published servers, which `mcp-pipe lock` has locked and installed. */
export interface PublishedServers {
  servers: readonly FootprintServer[];
  /** The folder of the configuration. */
  folder: string;
  lockFile: string;
  store: string;
  /** For mcp-pipe: the registries are those of this machine. */
  env: Record<string, string>;
  /** The entry of a server in a configuration. */
  entry(name: string): { command: string; args: readonly string[]; env?: Readonly<Record<string, string>> };
  /** Writes another configuration there. @param more members beside `mcpServers` */
  write(names: readonly string[], more?: object): void;
  /** `env` where every registry, every proxy and every cache is away. */
  away(registry: RefusingRegistry): Record<string, string>;
  remove(): void;
}

/**
 * Published servers (bench/footprint-servers.json), locked by the program itself from the registries of npm and PyPI. uv is installed
 * with Python's pip when it is first needed.
 *
 * @param names Default: all ten.
 */
export async function lockedServers(names?: readonly string[]): Promise<PublishedServers> {
  const uv = installUv();
  if (uv === undefined) throw new Error('there is no python3: sh scripts/install-parts.sh');
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-pipe-published-')));
  const [folder, home] = [join(root, 'config'), join(root, 'home')];
  for (const one of [folder, home]) mkdirSync(one);
  execFileSync('git', ['init', '--quiet', folder]);
  const servers = footprintServers()
    .filter(({ name }) => names?.includes(name) ?? true)
    // The page is for a call that these tests do not make.
    .map((server) => placed(server, { folder, url: 'http://127.0.0.1:9/' }));
  const env = {
    PATH: [uv, process.env.PATH].join(delimiter),
    XDG_STATE_HOME: home,
    XDG_RUNTIME_DIR: home,
    MCP_PIPE_PACKAGES: join(root, 'store'),
    npm_config_cache: join(root, 'npm'),
    UV_CACHE_DIR: join(root, 'uv'),
  };
  const entry = (name: string) => {
    const { command, args, env: own } = servers.find((server) => server.name === name)!;
    return { command, args, ...(own ? { env: own } : {}) };
  };
  const write = (some: readonly string[], more: object = {}) => {
    const mcpServers = Object.fromEntries(some.map((name) => [name, entry(name)]));
    writeFileSync(join(folder, 'mcp_config.json'), JSON.stringify({ mcpServers, ...more }));
  };
  write(servers.map(({ name }) => name));
  const { MCP_CONFIG: _, MCP_PIPE_STATE: __, ...inherited } = process.env;
  await promisify(execFile)(process.execPath, [join(project, 'bin/mcp-pipe.js'), 'lock', '--json'], {
    ...{ cwd: folder, env: { ...inherited, LC_ALL: 'C', ...env } },
  });
  return {
    ...{ servers, folder, env, entry, write },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
    ...{ lockFile: join(folder, LOCK_FILE), store: env.MCP_PIPE_PACKAGES },
    away: (registry) => ({
      ...env,
      ...registry.env,
      npm_config_cache: join(root, 'empty-npm'),
      UV_CACHE_DIR: join(root, 'empty-uv'),
    }),
  };
}

/** What stands for every registry and every proxy: it refuses, and notes what it was asked. */
export interface RefusingRegistry {
  asked: string[];
  /** Leads npm, uv and pip to it, whatever they ask. */
  env: Record<string, string>;
}

export async function refusingRegistry(): Promise<RefusingRegistry> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(503).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxies = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  return {
    asked,
    env: {
      ...{ npm_config_registry: `${url}/npm/`, npm_config_fetch_retries: '0' },
      ...{
        UV_DEFAULT_INDEX: `${url}/simple/`,
        UV_INDEX_URL: `${url}/simple/`,
        PIP_INDEX_URL: `${url}/simple/`,
      },
      ...{ UV_HTTP_RETRIES: '0', UV_PYTHON_DOWNLOADS: 'never' },
      ...Object.fromEntries(proxies.map((name) => [name, url])),
      // The endpoint of the test is on this machine, and so is this registry.
      ...{ no_proxy: '127.0.0.1', NO_PROXY: '127.0.0.1' },
    },
  };
}

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder, FASTMCP, uvx } from './gateways.js';
import { goBuild } from './go.js';
import { program } from './real-servers.js';
import type { ServerOnPort } from './started-server.js';
import { uvCache } from './uv.js';

const fixtures = join(import.meta.dirname, '../fixtures/remote');

/** A remote server of somebody else's making. */
export interface RealRemote {
  name: string;
  kind: 'http' | 'sse';
  path: string;
  /** A call, and what its answer says. */
  call: { name: string; arguments: Record<string, unknown> };
  says: string;
  /** How it is started; undefined: it cannot be built here. Downloads what is missing. */
  launch(): Promise<((port: number) => ServerOnPort) | undefined>;
}

const add = { call: { name: 'add', arguments: { a: 2, b: 3 } }, says: '5' };
const echo = { call: { name: 'echo', arguments: { message: 'xin chào' } }, says: 'xin chào' };
const node = (script: string, ...args: string[]) => ({ command: process.execPath, args: [script, ...args] });

/** The SDK's own examples are not among what its package exports. */
function sdkExample(name: string): string {
  const [folder = ''] = createRequire(import.meta.url)
    .resolve('@modelcontextprotocol/sdk/types.js')
    .split('dist');
  return join(folder, 'dist/esm/examples/server', name);
}

const fastmcp = async (transport: string) => {
  const command = await uvx();
  return (port: number) => ({
    command,
    args: ['--with', FASTMCP, 'python', join(fixtures, 'fastmcp_server.py'), transport, String(port)],
    env: { UV_CACHE_DIR: uvCache },
  });
};

const everything = (transport: string) => async () => (port: number) => ({
  ...node(program('@modelcontextprotocol/server-everything'), transport),
  env: { PORT: String(port) },
});

/** Undefined where Go is missing. */
async function goServer(): Promise<((port: number) => ServerOnPort) | undefined> {
  const binary = join(cacheFolder, 'go-server');
  if (!(await goBuild('remote/go', binary))) return undefined;
  return (port) => ({ command: binary, args: [String(port)] });
}

export const REAL_REMOTES: readonly RealRemote[] = [
  {
    ...{ name: 'SDK v1', kind: 'http', path: '/mcp' },
    ...{ call: { name: 'greet', arguments: { name: 'Huế' } }, says: 'Hello, Huế!' },
    launch: async () => (port) => ({
      ...node(sdkExample('simpleStreamableHttp.js')),
      env: { MCP_PORT: String(port) },
    }),
  },
  {
    ...{ name: 'SDK v2', kind: 'http', path: '/mcp', ...add },
    launch: async () => (port) => node(join(fixtures, 'sdk_v2.mjs'), String(port)),
  },
  {
    ...{ name: 'server-everything', kind: 'http', path: '/mcp', ...echo },
    launch: everything('streamableHttp'),
  },
  { ...{ name: 'server-everything', kind: 'sse', path: '/sse', ...echo }, launch: everything('sse') },
  { ...{ name: 'FastMCP', kind: 'http', path: '/mcp', ...add }, launch: () => fastmcp('http') },
  { ...{ name: 'FastMCP', kind: 'sse', path: '/sse', ...add }, launch: () => fastmcp('sse') },
  { ...{ name: 'Go SDK', kind: 'http', path: '/mcp', ...add }, launch: goServer },
  { ...{ name: 'Go SDK', kind: 'sse', path: '/sse', ...add }, launch: goServer },
];

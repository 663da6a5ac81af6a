import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartedServer } from './started-server.js';
import { installUv, uvCache } from './uv.js';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Packages are installed here when they are first needed. */
export const cacheFolder = join(root, 'node_modules/.cache/mcp-pipe-remotes');
export const SUPERGATEWAY = 'supergateway@4.0.0';
export const FASTMCP = 'fastmcp>=4.1,<5';

/** A published server on stdio, and the gateway that it is put behind. */
export interface Candidate {
  /** Of the package. */
  name: string;
  registry: 'npm' | 'pypi';
  gateway: 'supergateway' | 'fastmcp';
  /** PyPI: the program, where it has another name. */
  program?: string;
  args?: readonly string[];
  /** PyPI: what it has to be installed with. */
  beside?: string;
  /** What it wants to see before it starts; nothing of it is used. */
  env?: Readonly<Record<string, string>>;
}

const npm = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  ...{ name, registry: 'npm', gateway: 'supergateway' },
  ...more,
});
const pypi = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  ...{ name, registry: 'pypi', gateway: 'fastmcp' },
  ...more,
});

/** All start without a network and without an account. */
export const CANDIDATES: readonly Candidate[] = [
  npm('@modelcontextprotocol/server-everything', { args: ['stdio'] }),
  npm('@modelcontextprotocol/server-filesystem', { args: ['/tmp'] }),
  npm('@modelcontextprotocol/server-memory'),
  npm('@modelcontextprotocol/server-sequential-thinking'),
  npm('@modelcontextprotocol/server-github'),
  npm('@modelcontextprotocol/server-gitlab', { env: { GITLAB_PERSONAL_ACCESS_TOKEN: 'x' } }),
  npm('@modelcontextprotocol/server-google-maps', { env: { GOOGLE_MAPS_API_KEY: 'x' } }),
  npm('@modelcontextprotocol/server-slack', { env: { SLACK_BOT_TOKEN: 'x', SLACK_TEAM_ID: 'x' } }),
  npm('@upstash/context7-mcp'),
  npm('@playwright/mcp'),
  npm('chrome-devtools-mcp'),
  npm('tavily-mcp', { env: { TAVILY_API_KEY: 'x' } }),
  npm('@brave/brave-search-mcp-server', { env: { BRAVE_API_KEY: 'x' } }),
  npm('@notionhq/notion-mcp-server'),
  npm('exa-mcp-server', { env: { EXA_API_KEY: 'x' } }),
  npm('mcp-server-kubernetes'),
  npm('mcp-server-code-runner'),
  npm('@antv/mcp-server-chart'),
  npm('mcp-mermaid'),
  npm('mongodb-mcp-server'),
  npm('@kazuph/mcp-fetch'),
  npm('@cyanheads/git-mcp-server'),
  pypi('mcp-server-time'),
  pypi('mcp-server-fetch'),
  pypi('mcp-server-git'),
  pypi('mcp-server-sqlite', { beside: 'mcp<2', args: ['--db-path', '/tmp/mcp-pipe-lists.db'] }),
  pypi('duckduckgo-mcp-server'),
  pypi('mcp-server-calculator'),
  pypi('wikipedia-mcp'),
  pypi('mcp-text-editor', { beside: 'mcp<2' }),
  pypi('excel-mcp-server', { args: ['stdio'] }),
  pypi('arxiv-mcp-server', { args: ['--storage-path', '/tmp/mcp-pipe-arxiv'] }),
];

/** The server of a candidate behind its gateway, at `/mcp`. @throws Error when it cannot be installed or started */
export async function startBehindGateway(candidate: Candidate): Promise<StartedServer> {
  const { name, registry, program = name, beside, args = [] } = candidate;
  const installed = ['--from', name, ...(beside ? ['--with', beside] : []), program];
  const command = [...(registry === 'npm' ? await npmCommand(name) : [await uvx(), ...installed]), ...args];
  const env = { ...candidate.env, UV_CACHE_DIR: uvCache };
  if (candidate.gateway === 'supergateway') {
    const gateway = await npmCommand(SUPERGATEWAY);
    const flags = ['--outputTransport', 'streamableHttp', '--stateful', '--logLevel', 'none'];
    return StartedServer.start((port) => ({
      command: gateway[0]!,
      args: [...gateway.slice(1), '--stdio', command.map(quoted).join(' '), ...flags, '--port', String(port)],
      env,
    }));
  }
  const uv = await uvx();
  const proxy = join(root, 'test/fixtures/remote/fastmcp_proxy.py');
  return StartedServer.start((port) => ({
    command: uv,
    args: ['--from', FASTMCP, '--with', FASTMCP, 'python', proxy, String(port), ...command],
    env,
  }));
}

/** The command line of a package of npm, which is installed when it is not there. */
export async function npmCommand(spec: string): Promise<string[]> {
  const name = spec.replace(/(?<=.)@.*$/, '');
  const home = join(cacheFolder, spec.replaceAll('/', '+'));
  const file = join(home, 'node_modules', name, 'package.json');
  if (!existsSync(file)) {
    await mkdir(home, { recursive: true });
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error'];
    await run('npm', ['install', '--prefix', home, ...quiet, spec]);
  }
  const { bin } = JSON.parse(readFileSync(file, 'utf8')) as { bin: string | Record<string, string> };
  const program = typeof bin === 'string' ? bin : Object.values(bin)[0]!;
  return [process.execPath, join(file, '..', program)];
}

export async function uvx(): Promise<string> {
  const bin = installUv();
  if (!bin) throw new Error('there is no python3');
  return join(bin, 'uvx');
}

const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

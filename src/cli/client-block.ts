import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findConfigFile } from '../config/config-file.js';
import type { Client } from './describe/stdio-options.js';
import { packageRoot } from './package-root.js';
import type { RemoteOptions } from './remote-options.js';
import { installedAs } from './update/installed-as.js';

/** The options that go into the block. */
interface BlockOptions extends RemoteOptions {
  config?: string;
  envFile?: string;
  control?: string;
  server?: string[];
  agent?: string;
  attach?: boolean;
  lang?: string;
  logFile?: string;
  logLevel?: string;
}

interface Machine {
  env: Readonly<Record<string, string | undefined>>;
  /** Path of Node.js. */
  node: string;
  platform: NodeJS.Platform;
  cwd: string;
}

/**
 * What has to stand in the configuration of a client, and in which file. Every path is absolute: programs with windows have
 * neither the folder nor the PATH of a terminal.
 */
export function clientBlock(
  client: Client,
  words: readonly string[],
  command: readonly string[] | undefined,
  options: BlockOptions,
  machine: Machine,
): { block: object; file: string } {
  const { env, platform, cwd } = machine;
  const { file, by } = findConfigFile(options.config, env, cwd);
  const isFile = (word: string) => existsSync(resolve(cwd, word));
  const path = (value: string | undefined, name: string) =>
    value === undefined ? [] : [name, resolve(cwd, value)];
  const args = [
    'stdio',
    // A script is named by its path, a server by its name.
    ...words.map((word) => (/[\\/.]/.test(word) && isFile(word) ? resolve(cwd, word) : word)),
    ...(existsSync(file) || by ? ['--config', file] : []),
    ...path(options.envFile, '--env-file'),
    ...path(options.control, '--control'),
    ...path(options.logFile, '--log-file'),
    ...(['http', 'sse', 'ws'] as const).flatMap((name) => {
      const url = options[name];
      return url === undefined ? [] : [`--${name}`, url];
    }),
    ...(options.header ?? []).flatMap((header) => ['--header', header]),
    ...(options.server ?? []).flatMap((name) => ['--server', name]),
    ...(options.agent === undefined ? [] : ['--agent', options.agent]),
    ...(options.attach === false ? ['--no-attach'] : []),
    ...(options.lang === undefined ? [] : ['--lang', options.lang]),
    ...(options.logLevel === undefined ? [] : ['--log-level', options.logLevel]),
    ...(command ? ['--', ...command] : []),
  ];
  // On Windows, programs with windows have the same PATH as a terminal.
  const given = platform === 'win32' || !env.PATH ? {} : { env: { PATH: env.PATH } };
  const server = { ...programOf(machine, args), ...given };
  if (client === 'vscode') {
    return { block: { servers: { 'mcp-pipe': { type: 'stdio', ...server } } }, file: '.vscode/mcp.json' };
  }
  return { block: { mcpServers: { 'mcp-pipe': server } }, file: fileOf(client, machine) };
}

/** The cache of npx may be emptied at any time, so npx itself is started. */
function programOf({ env, node, platform }: Machine, args: readonly string[]) {
  if (installedAs(env).as === 'npx') {
    const npx = join(dirname(node), platform === 'win32' ? 'npx.cmd' : 'npx');
    return { command: existsSync(npx) ? npx : 'npx', args: ['-y', 'mcp-pipe', ...args] };
  }
  return { command: node, args: [join(fileURLToPath(packageRoot), 'bin', 'mcp-pipe.js'), ...args] };
}

function fileOf(client: Exclude<Client, 'vscode'>, { platform }: Machine): string {
  switch (client) {
    case 'claude-code':
      return '.mcp.json';
    case 'cursor':
      return platform === 'win32' ? '%USERPROFILE%\\.cursor\\mcp.json' : '~/.cursor/mcp.json';
    case 'claude':
      if (platform === 'win32') return '%APPDATA%\\Claude\\claude_desktop_config.json';
      return platform === 'darwin'
        ? '~/Library/Application Support/Claude/claude_desktop_config.json'
        : '~/.config/Claude/claude_desktop_config.json';
  }
}

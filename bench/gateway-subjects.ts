import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { mcpPipe, type Subject } from './subjects.js';

const here = import.meta.dirname;

/** A program that makes a server on stdio reachable over Streamable HTTP. */
export interface GatewaySubject extends Subject {
  /** Where it serves the one server, at this port of 127.0.0.1. */
  path: string;
  /** Its command line, for a server's command line; `configPath` is a file that it may write. */
  serve: (port: number, child: readonly string[], configPath: string) => readonly string[];
}

/** mcp-pipe, the gateways that people use, each in its newest version, and the best simple program that one writes. */
export function gatewaySubjects(): GatewaySubject[] {
  const peers = installPeers();
  return [
    {
      ...subject('mcp-pipe', '/servers/bench/mcp'),
      serve: (port, [command, ...args], configPath) => {
        const config = { mcpServers: { bench: { command, args } }, gateway: { port } };
        writeFileSync(configPath, JSON.stringify(config));
        return mcpPipe.command(configPath);
      },
    },
    {
      ...subject('node:http and SDK', '/mcp'),
      serve: (port, child) => [process.execPath, join(here, 'sdk-gateway.mjs'), String(port), ...child],
    },
    {
      ...subject(`supergateway ${peers.supergateway.version}`, '/mcp'),
      // It has one process for each session, or, without --stateful, one for each POST.
      serve: (port, child) => [
        ...[process.execPath, peers.supergateway.file, '--stdio', child.join(' '), '--stateful'],
        ...['--outputTransport', 'streamableHttp', '--port', String(port), '--logLevel', 'none'],
      ],
    },
    {
      ...subject(`punkpeye mcp-proxy ${peers.punkpeye.version}`, '/mcp'),
      serve: (port, child) => [
        ...[process.execPath, peers.punkpeye.file, '--host', '127.0.0.1', '--port', String(port)],
        ...['--server', 'stream', '--', ...child],
      ],
    },
    {
      ...subject(`sparfenyuk mcp-proxy ${peers.sparfenyuk.version}`, '/mcp'),
      serve: (port, child) => [
        ...[peers.sparfenyuk.file, '--host', '127.0.0.1', '--port', String(port)],
        ...['--log-level', 'ERROR', '--', ...child],
      ],
    },
  ];
}

const subject = (name: string, path: string) => ({ name, path, command: () => [] });

interface Peer {
  version: string;
  file: string;
}

/** Installs the newest of each into the cache folder of the user; without a network, what is there is used. */
function installPeers(): Record<'supergateway' | 'punkpeye' | 'sparfenyuk', Peer> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'mcp-pipe-bench');
  mkdirSync(folder, { recursive: true });
  // Of its own, so that npm does not look for one above.
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{}');
  const npm = ['install', '--no-audit', '--no-fund', '--silent', 'supergateway@latest', 'mcp-proxy@latest'];
  install(folder, 'npm', npm);
  const python = join(folder, 'venv/bin/python');
  if (!existsSync(python)) install(folder, 'python3', ['-m', 'venv', 'venv']);
  install(folder, python, ['-m', 'pip', 'install', '-q', '--upgrade', 'mcp-proxy']);
  const ofNpm = (name: string, file: string): Peer => {
    const at = join(folder, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as { version: string };
    return { version, file: join(at, file) };
  };
  const asksVersion = 'import importlib.metadata as m; print(m.version("mcp-proxy"))';
  return {
    supergateway: ofNpm('supergateway', 'dist/index.js'),
    punkpeye: ofNpm('mcp-proxy', 'dist/bin/mcp-proxy.mjs'),
    sparfenyuk: {
      version: execFileSync(python, ['-c', asksVersion], { encoding: 'utf8' }).trim(),
      file: join(folder, 'venv/bin/mcp-proxy'),
    },
  };
}

function install(cwd: string, command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    process.stderr.write(`${command} ${args.join(' ')}: ${(error as Error).message}\n`);
  }
}

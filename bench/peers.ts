import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fromNpm, fromPyPI } from './installed.js';
import type { Subject } from './subjects.js';

/**
 * What people use today instead of a pipe, each in its newest version, where it can be had: the library `websockets` of Python, which
 * dials; supergateway and websocketd, which listen.
 */
export function peers(): Subject[] {
  return [pythonPipe(), supergateway(), websocketd()].filter((peer) => peer !== undefined);
}

function pythonPipe(): Subject | undefined {
  const websockets = fromPyPI('websockets');
  return (
    websockets && {
      name: `Python websockets ${websockets.version}`,
      command: (config) => [websockets.python, join(import.meta.dirname, 'mcp_pipe.py'), config],
      // A server occupies one of the threads that Python has for what blocks: beyond these it is never read.
      mostLinks: cpus().length + 4,
    }
  );
}

function supergateway(): Subject {
  const { version, file } = fromNpm('supergateway', 'dist/index.js');
  return {
    name: `supergateway ${version}`,
    listensAt: '/message',
    // One process carries one server.
    mostLinks: 1,
    command(config) {
      const { server, port } = served(config);
      return [
        ...[process.execPath, file, '--stdio', server.join(' '), '--outputTransport', 'ws'],
        ...['--port', port, '--logLevel', 'none'],
      ];
    },
  };
}

/** In Go; where the system has it (Debian: `apt-get install websocketd`). */
function websocketd(): Subject | undefined {
  const asked = spawnSync('websocketd', ['--version'], { encoding: 'utf8' });
  if (asked.status !== 0) {
    process.stderr.write('websocketd is not installed here, so it is left out\n');
    return undefined;
  }
  return {
    // Debian's does not say which one it is.
    name: `websocketd ${/^websocketd (\d[\d.]*)/.exec(asked.stdout)?.[1] ?? ''}`.trim(),
    listensAt: '/',
    command(config) {
      const { server, port } = served(config);
      return ['websocketd', '--address', '127.0.0.1', '--port', port, '--loglevel', 'fatal', ...server];
    },
  };
}

/** Every server of the configuration is the same program, at the same address. */
function served(config: string): { server: string[]; port: string } {
  const { mcpServers } = JSON.parse(readFileSync(config, 'utf8')) as {
    mcpServers: Record<string, { command: string; args: string[]; endpoint: string }>;
  };
  const { command, args, endpoint } = Object.values(mcpServers)[0]!;
  return { server: [command, ...args], port: new URL(endpoint).port };
}

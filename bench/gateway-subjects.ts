import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromNpm, fromPyPI } from './installed.js';
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
  const supergateway = fromNpm('supergateway', 'dist/index.js');
  const punkpeye = fromNpm('mcp-proxy', 'dist/bin/mcp-proxy.mjs');
  const sparfenyuk = fromPyPI('mcp-proxy');
  return [
    ourGateway(mcpPipe),
    {
      ...subject('node:http and SDK', '/mcp'),
      serve: (port, child) => [process.execPath, join(here, 'sdk-gateway.mjs'), String(port), ...child],
    },
    {
      ...subject(`supergateway ${supergateway.version}`, '/mcp'),
      // It has one process for each session, or, without --stateful, one for each POST.
      serve: (port, child) => [
        ...[process.execPath, supergateway.file, '--stdio', child.join(' '), '--stateful'],
        ...['--outputTransport', 'streamableHttp', '--port', String(port), '--logLevel', 'none'],
      ],
    },
    {
      ...subject(`punkpeye mcp-proxy ${punkpeye.version}`, '/mcp'),
      serve: (port, child) => [
        ...[process.execPath, punkpeye.file, '--host', '127.0.0.1', '--port', String(port)],
        ...['--server', 'stream', '--', ...child],
      ],
    },
    ...(sparfenyuk
      ? [
          {
            ...subject(`sparfenyuk mcp-proxy ${sparfenyuk.version}`, '/mcp'),
            serve: (port: number, child: readonly string[]) => [
              ...[sparfenyuk.file, '--host', '127.0.0.1', '--port', String(port)],
              ...['--log-level', 'ERROR', '--', ...child],
            ],
          },
        ]
      : []),
  ];
}

/** mcp-pipe with a gateway and one server. */
export function ourGateway({ command: start }: Pick<Subject, 'command'>): GatewaySubject {
  return {
    ...subject('mcp-pipe', '/servers/bench/mcp'),
    serve: (port, [command, ...args], configPath) => {
      const config = { mcpServers: { bench: { command, args } }, gateway: { port } };
      writeFileSync(configPath, JSON.stringify(config));
      return start(configPath);
    },
  };
}

const subject = (name: string, path: string) => ({ name, path, command: () => [] });

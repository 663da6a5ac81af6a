/**
 * The endpoint, in a process of its own. It takes every connection, counts those of each token, and calls a tool on each all the
 * time. It closes a connection whose peer does not answer pings, as endpoints do. Sends `EndpointSays` to its parent.
 *
 * Arguments: ms between pings, ms that a pong may take, ms between calls on one connection, longest duration of a call in ms.
 */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Calls, EndpointSays } from './endpoint-says.js';
import { now } from './now.js';

const [pingEveryMs, pongWithinMs, callEveryMs, longestMs] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];

const calls: Calls = { asked: 0, answered: 0, errors: 0, closed: 0, twice: 0, codes: {}, longestMs: 0 };
const say = (what: EndpointSays) => void process.send?.(what);
let sockets = 0;

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('connection', (socket, { url }) => {
  const id = ++sockets;
  const { pathname, searchParams } = new URL(url ?? '', 'ws://here');
  const token = (searchParams.get('token') ?? '').replace('secret-of-', '');
  socket.on('error', () => {});
  say({ is: 'open', at: now(), token, socket: id, process: pathname.slice(1) });
  socket.once('close', () => say({ is: 'close', at: now(), token, socket: id }));
  pingAllTheTime(socket);
  greet(socket, () => callAllTheTime(socket));
});

function pingAllTheTime(socket: WebSocket): void {
  if (pingEveryMs === 0) return;
  let late: NodeJS.Timeout;
  const pings = setInterval(() => {
    clearTimeout(late);
    late = setTimeout(() => socket.terminate(), pongWithinMs);
    socket.ping();
  }, pingEveryMs);
  socket.on('pong', () => clearTimeout(late));
  socket.once('close', () => {
    clearInterval(pings);
    clearTimeout(late);
  });
}

function greet(socket: WebSocket, greeted: () => void): void {
  const clientInfo = { name: 'proof', version: '1' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  socket.once('message', (data) => {
    const { result } = JSON.parse(data.toString()) as { result?: object };
    if (!result) return socket.close();
    socket.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    greeted();
  });
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'greeting', method: 'initialize', params }));
}

/** Whatever is asked ends in one of three ways: an answer, an error, or its socket is closed. */
function callAllTheTime(socket: WebSocket): void {
  const askedAt = new Map<number, number>();
  let last = 0;
  socket.on('message', (data) => {
    const { id, method, error } = JSON.parse(data.toString()) as {
      id: number;
      method?: string;
      error?: { code: number };
    };
    if (method !== undefined) return;
    const at = askedAt.get(id);
    if (at === undefined) {
      calls.twice += 1;
      return;
    }
    askedAt.delete(id);
    calls.longestMs = Math.max(calls.longestMs, now() - at);
    if (!error) calls.answered += 1;
    else {
      calls.errors += 1;
      calls.codes[error.code] = (calls.codes[error.code] ?? 0) + 1;
    }
  });
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    const id = ++last;
    askedAt.set(id, now());
    calls.asked += 1;
    const ms = Math.round(Math.random() * longestMs);
    socket.send(
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"wait","arguments":{"ms":${ms}}}}`,
    );
  }, callEveryMs);
  socket.once('close', () => {
    clearInterval(timer);
    calls.closed += askedAt.size;
    askedAt.clear();
  });
}

process.on('message', () => {
  for (const socket of server.clients) socket.terminate();
  setImmediate(() => process.send?.({ is: 'done', calls } satisfies EndpointSays, () => process.exit(0)));
});
process.on('disconnect', () => process.exit(0));
await once(server, 'listening');
say({ is: 'listening', port: (server.address() as AddressInfo).port });

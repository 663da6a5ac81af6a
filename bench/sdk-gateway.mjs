// The best that one writes in an afternoon: a transport of the SDK for each session, one process for all, ids counted anew. (The
// SDK's transport for the process takes no line above 10 MB.)
// Every message is parsed and written again; nothing is restarted, bounded or checked: the floor to compare with.
// `sdk-gateway.mjs PORT COMMAND ARGS…`
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const [, , port, command, ...args] = process.argv;
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
child.on('exit', () => process.exit(1));
const send = (message) => child.stdin.write(`${JSON.stringify(message)}\n`);
const sessions = new Map();
const pending = new Map();
let nextId = 1;
let introduction;

let chunks = [];
child.stdout.on('data', (chunk) => {
  const last = chunk.lastIndexOf(10);
  if (last < 0) return void chunks.push(chunk);
  const lines = Buffer.concat([...chunks, chunk.subarray(0, last)]).toString();
  chunks = [chunk.subarray(last + 1)];
  for (const line of lines.split('\n')) take(JSON.parse(line));
});

function take(message) {
  if (message.method !== undefined) {
    for (const session of sessions.values()) session.send(message).catch(() => {});
    return;
  }
  const call = pending.get(message.id);
  pending.delete(message.id);
  if (call?.isInitialize) introduction = message.result;
  call?.session.send({ ...message, id: call.id }).catch(() => {});
}

async function open() {
  const session = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (id) => void sessions.set(id, session),
  });
  session.onclose = () => sessions.delete(session.sessionId);
  session.onmessage = (message) => {
    if (message.method === 'initialize' && introduction) {
      return void session.send({ jsonrpc: '2.0', id: message.id, result: introduction });
    }
    if (message.id === undefined || message.method === undefined) return void send(message);
    const id = nextId++;
    pending.set(id, { session, id: message.id, isInitialize: message.method === 'initialize' });
    send({ ...message, id });
  };
  await session.start();
  return session;
}

createServer(async (request, response) => {
  const id = request.headers['mcp-session-id'];
  const session = id === undefined ? await open() : sessions.get(id);
  if (session) await session.handleRequest(request, response);
  else response.writeHead(404).end();
}).listen(Number(port), '127.0.0.1');

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));

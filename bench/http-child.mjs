// A cheap MCP server over Streamable HTTP, so that it is not what is measured: `http-child.mjs json|events`, which prints its
// URL. Answers as child.c does, each call with JSON or with one event on a stream; a GET is 405.
import { createServer } from 'node:http';

const filler = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/';
const tools = [{ name: 'bench', inputSchema: { type: 'object' } }];
const capabilities = { tools: {} };
const serverInfo = { name: 'bench', version: '1' };
const isEvents = process.argv[2] === 'events';

const server = createServer((request, response) => {
  if (request.method === 'DELETE') return void response.writeHead(204).end();
  if (request.method !== 'POST') return void response.writeHead(405).end();
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const head = chunks[0].toString('utf8', 0, 256);
    const id = /"id":(\d+|"[^"]*")/.exec(head)?.[1];
    if (id === undefined) return void response.writeHead(202).end();
    const answer = `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(resultOf(head))}}`;
    const isStart = head.includes('"initialize"');
    if (isEvents && !isStart) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      return void response.end(`event: message\ndata: ${answer}\n\n`);
    }
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) };
    response.writeHead(200, isStart ? { ...headers, 'mcp-session-id': 'bench' } : headers).end(answer);
  });
});

function resultOf(head) {
  const version = /"protocolVersion":"([^"]*)"/.exec(head)?.[1];
  if (head.includes('"initialize"')) return { protocolVersion: version, capabilities, serverInfo };
  if (head.includes('"tools/list"')) return { tools };
  const size = /"size":(\d+)/.exec(head)?.[1];
  const text = size ? filler.repeat(Math.ceil(Number(size) / filler.length)) : 'ok';
  return { content: [{ type: 'text', text }] };
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/mcp\n`);
});

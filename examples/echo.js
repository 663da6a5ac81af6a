#!/usr/bin/env node
// An MCP server that says what it was told, after as many milliseconds as asked for: for trying out connections, and
// for answers that take a while. `mcp-pipe demo --chaos` runs it. calculator.js says how a server of your own is made.

const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
const MAX_WAIT_MS = 60_000;

const tools = [
  {
    name: 'echo',
    description:
      'Answers with the given text, after `ms` milliseconds. Example: {"text": "hello", "ms": 500}.',
    inputSchema: {
      type: 'object',
      properties: {
        text: { type: 'string', description: 'What to answer' },
        ms: { type: 'number', minimum: 0, maximum: MAX_WAIT_MS, description: 'How long to wait before' },
      },
      required: ['text'],
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
];

const results = {
  initialize: ({ protocolVersion: asked }) => ({
    protocolVersion: VERSIONS.includes(asked) ? asked : VERSIONS.at(-1),
    capabilities: { tools: {} },
    serverInfo: { name: 'echo', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools }),
};

function receive(line) {
  if (line.trim() === '') return;
  let message;
  try {
    message = JSON.parse(line);
  } catch {
    return fail(null, -32700, 'Parse error: the line is not JSON');
  }
  const { id, method, params } = message ?? {};
  if (id === undefined || method === undefined) return;
  if (method === 'tools/call') return call(id, params ?? {});
  if (!Object.hasOwn(results, method)) return fail(id, -32601, `Method not found: ${method}`);
  send({ id, result: results[method](params ?? {}) });
}

function call(id, { name, arguments: given }) {
  const { text, ms = 0 } = given ?? {};
  if (name !== 'echo') return fail(id, -32602, `Unknown tool: ${name}`);
  if (typeof text !== 'string' || !(ms >= 0 && ms <= MAX_WAIT_MS)) {
    const said = `Error: \`text\` must be a string, and \`ms\` a number from 0 to ${MAX_WAIT_MS}`;
    return send({ id, result: { content: [{ type: 'text', text: said }], isError: true } });
  }
  setTimeout(() => send({ id, result: { content: [{ type: 'text', text }] } }), ms);
}

const fail = (id, code, message) => send({ id, error: { code, message } });
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) receive(line);
});
process.stdout.on('error', () => process.exit());

// The same server as child.c, for machines without a C compiler. A call with "ms" takes that long.
const filler = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/';
const serverInfo = { name: 'bench', version: '1' };
const isStrict = process.argv.length > 3;
const tools = [{ name: process.argv[2] ?? 'bench', inputSchema: { type: 'object' } }];
const protocolVersion = isStrict ? '2025-11-25' : '2024-11-05';
const initialized = { protocolVersion, capabilities: { tools: {} }, serverInfo };

let chunks = [];
process.stdin.on('data', (chunk) => {
  const last = chunk.lastIndexOf(10);
  if (last < 0) return void chunks.push(chunk);
  const lines = Buffer.concat([...chunks, chunk.subarray(0, last)]).toString();
  chunks = [chunk.subarray(last + 1)];
  let out = '';
  for (const line of lines.split('\n')) out += answer(line.slice(0, 256));
  if (out) process.stdout.write(out);
});

function later(head, id) {
  const ms = Number(/"ms":(\d+)/.exec(head)?.[1]);
  setTimeout(() => process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{}}\n`), ms);
  return '';
}

function strictly(head, size) {
  if (!head.includes('"tools/call"')) return {};
  const text = size ? filler.repeat(Math.ceil(Number(size) / filler.length)) : 'ok';
  return { content: [{ type: 'text', text }] };
}

function answer(head) {
  const id = /"id":(\d+|"[^"]*")/.exec(head)?.[1];
  if (id === undefined) return '';
  if (head.includes('"exit"')) process.exit(0);
  if (head.includes('"ms"')) return later(head, id);
  const size = /"size":(\d+)/.exec(head)?.[1];
  const result = head.includes('"initialize"')
    ? initialized
    : head.includes('"tools/list"')
      ? { tools }
      : isStrict
        ? strictly(head, size)
        : size
          ? { text: filler.repeat(Math.ceil(Number(size) / filler.length)) }
          : {};
  return `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}\n`;
}

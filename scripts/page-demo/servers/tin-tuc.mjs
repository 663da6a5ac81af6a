// A server of the demo that refuses `initialize`, as one does that is older than the revision of MCP it is asked for.
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  for (const line of chunk.split('\n').filter(Boolean)) {
    const { id, method, params } = JSON.parse(line);
    if (id === undefined) continue;
    const message =
      method === 'initialize' ? `Unsupported protocol version: ${params.protocolVersion}` : 'Not initialized';
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message } })}\n`);
  }
});

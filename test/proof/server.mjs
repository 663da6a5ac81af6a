/** An MCP server with one tool that waits. */
import { createInterface } from 'node:readline';

const TOOL = { name: 'wait', inputSchema: { type: 'object', properties: { ms: { type: 'number' } } } };

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (id === undefined) return;
    if (method === 'initialize') {
      const serverInfo = { name: 'proof', version: '1' };
      say({
        id,
        result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo },
      });
    } else if (method === 'tools/list') say({ id, result: { tools: [TOOL] } });
    else if (method === 'tools/call') {
      const { ms } = params.arguments;
      setTimeout(() => say({ id, result: { content: [{ type: 'text', text: `${ms}` }] } }), ms);
    } else if (method === 'ping') say({ id, result: {} });
    else say({ id, error: { code: -32601, message: 'no such method' } });
  })
  .on('close', () => process.exit(0));

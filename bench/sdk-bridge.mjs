// The best that one writes in an afternoon for a remote server: ws on one side, the SDK's transport on the other. Every message
// is parsed and written again; there is no session that is opened anew, no backpressure, no diagnosis: the floor to compare with.
import { readFileSync } from 'node:fs';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { WebSocket } from 'ws';

const { mcpServers } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const server of Object.values(mcpServers)) {
  const transport = new StreamableHTTPClientTransport(new URL(server.url));
  const socket = new WebSocket(server.endpoint, { perMessageDeflate: false });
  socket.on('message', (data) => {
    transport.send(JSON.parse(data)).catch((error) => console.error(error.message));
  });
  transport.onmessage = (message) => {
    if (message.result?.protocolVersion) transport.setProtocolVersion(message.result.protocolVersion);
    socket.send(JSON.stringify(message));
  };
  await transport.start();
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));

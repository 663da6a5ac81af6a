// What one writes in an afternoon: ws and spawn, one write per message each way, dial again after a second. It has no
// backpressure, no liveness, no diagnosis, and loses the calls of a child that dies.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';

const NEWLINE = Buffer.from('\n');
const { mcpServers } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const [name, server] of Object.entries(mcpServers)) link(name, server);

function link(name, { command, args = [], env, endpoint }) {
  let socket;
  let child;
  const start = () => {
    child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let rest = [];
    child.stdout.on('data', (chunk) => {
      let from = 0;
      for (;;) {
        const end = chunk.indexOf(10, from);
        if (end < 0) break;
        const piece = chunk.subarray(from, end);
        const line = rest.length > 0 ? Buffer.concat([...rest, piece]) : piece;
        rest = [];
        from = end + 1;
        if (socket?.readyState === WebSocket.OPEN) socket.send(line, { binary: false });
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
    });
    child.stdin.on('error', () => {});
    child.on('exit', (code) => {
      console.error(`${name} ended with ${code}`);
      setTimeout(start, 1000);
    });
  };
  const dial = () => {
    socket = new WebSocket(endpoint, { perMessageDeflate: false });
    socket.on('message', (data) => {
      child.stdin.write(Buffer.concat([data, NEWLINE]));
    });
    socket.on('close', (code) => {
      console.error(`${name} closed with ${code}`);
      setTimeout(dial, 1000);
    });
    socket.on('error', (error) => console.error(`${name}: ${error.message}`));
  };
  start();
  dial();
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));

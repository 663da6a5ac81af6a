// The best simple program: `ws` over a socket that is corked for each chunk of the server's output, so that a chunk of answers is
// one write, and the server's stdin corked for each tick, so that a chunk of requests is one write; native masking where it is
// installed. It has no backpressure, no liveness, no diagnosis, and loses the calls of a child that dies.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { WebSocket } from 'ws';

const { mcpServers } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const [name, server] of Object.entries(mcpServers)) link(name, server);

function link(name, { command, args = [], env, endpoint }) {
  let socket;
  let raw;
  let child;
  let isCorked = false;
  const { hostname, port } = new URL(endpoint);
  const start = () => {
    child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let rest = [];
    child.stdout.on('data', (chunk) => {
      const isOpen = socket?.readyState === WebSocket.OPEN;
      if (isOpen) raw.cork();
      let from = 0;
      for (;;) {
        const end = chunk.indexOf(10, from);
        if (end < 0) break;
        const piece = chunk.subarray(from, end);
        const line = rest.length > 0 ? Buffer.concat([...rest, piece]) : piece;
        rest = [];
        from = end + 1;
        if (isOpen) socket.send(line, { binary: false });
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
      if (isOpen) raw.uncork();
    });
    child.stdin.on('error', () => {});
    child.on('exit', (code) => {
      console.error(`${name} ended with ${code}`);
      setTimeout(start, 1000);
    });
  };
  const uncork = () => {
    isCorked = false;
    child.stdin.uncork();
  };
  const dial = () => {
    socket = new WebSocket(endpoint, {
      perMessageDeflate: false,
      createConnection: () => {
        raw = connect({ host: hostname, port: Number(port) });
        raw.setNoDelay(true);
        return raw;
      },
    });
    socket.on('message', (data) => {
      if (!isCorked) {
        isCorked = true;
        child.stdin.cork();
        process.nextTick(uncork);
      }
      child.stdin.write(data);
      child.stdin.write('\n');
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

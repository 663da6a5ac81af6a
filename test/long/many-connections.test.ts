import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { type GatewayWorld, startGateway } from '../helpers/gateway.js';
import { rawClient } from '../helpers/raw-clients.js';
import { answerOf, rawHttp, rawSocket } from '../helpers/raw-http.js';

const portOf = (world: GatewayWorld) => Number(new URL(world.gateway.origin!).port);
const LIVE = 'GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';

/** Opens connections in a process of their own, and says how many of them are open. */
const OPENER = `
const { connect } = require('node:net');
const [port, count, localAddress] = process.argv.slice(1);
let open = 0, settled = 0;
const next = () => {
  if (settled + running >= Number(count)) return;
  running += 1;
  const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress });
  let isOpen = false;
  socket.on('error', () => {});
  // One that is refused is closed right after it was taken.
  socket.once('connect', () => { socket.resume(); setTimeout(() => { if (!socket.destroyed) { isOpen = true; open += 1; } done(); }, 200); });
  socket.once('close', () => { if (isOpen) open -= 1; done(); });
  let isDone = false;
  const done = () => { if (isDone) return; isDone = true; running -= 1; settled += 1; if (settled === Number(count)) console.log('all'); next(); };
};
let running = 0;
for (let i = 0; i < 200; i++) next();
setInterval(() => console.log(open), 100);
`;

async function opener(port: number, count: number, localAddress: string) {
  const child = spawn(process.execPath, ['-e', OPENER, String(port), String(count), localAddress], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  // Those that say nothing are closed after a while.
  let most = 0;
  let isReady = false;
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'all') isReady = true;
    else most = Math.max(most, Number(line));
  });
  await eventually(() => isReady, { timeoutMs: 120_000 });
  return {
    most: () => most,
    end: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('of 10 000 connections of one address half are taken, and others are served meanwhile', async () => {
  const { userLimits } = process.report.getReport() as unknown as {
    userLimits: { open_files: { soft: number | 'unlimited' } };
  };
  const files = userLimits.open_files.soft === 'unlimited' ? 20_000 : Number(userLimits.open_files.soft);
  const all = Math.min(10_000, files - 500);
  const world = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { maxConnections: all } });
  const port = portOf(world);
  const client = rawClient('ws', world.gateway.origin!, 'one');
  await client.open();
  const before = process.memoryUsage().rss;
  const many = await opener(port, all, '127.0.0.1');
  await eventually(() => many.most() > all / 2 - 50 && many.most() <= all / 2);
  const perConnection = (process.memoryUsage().rss - before) / (all / 2);
  console.log(`${all} connections: ${many.most()} open, ${Math.round(perConnection / 1024)} kB each`);
  expect((await rawHttp(port, LIVE)).text).toBe('');
  expect((await rawHttp(port, LIVE, { localAddress: '127.0.0.2' })).status).toBe(200);
  const asked = performance.now();
  expect((await client.ask('tools/list')).error).toBeUndefined();
  console.log(`a call meanwhile: ${Math.round(performance.now() - asked)} ms`);
  const others = await opener(port, all / 2, '127.0.0.3');
  await eventually(() => others.most() > all / 2 - 50);
  expect((await client.ask('tools/list')).error).toBeUndefined();
  await many.end();
  await others.end();
  await eventually(async () => (await rawHttp(port, LIVE)).status === 200);
}, 300_000);

test('500 connections that send their headers byte by byte are closed in time, and hold up nobody', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  const port = portOf(world);
  const head = `GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ${'a'.repeat(500)}`;
  const answers: string[] = [];
  const began = performance.now();
  const sockets = await Promise.all(Array.from({ length: 500 }, () => rawSocket(port)));
  const closed = sockets.map(async (socket, i) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    let sent = 0;
    const timer = setInterval(() => socket.write(head[sent++ % head.length]!), 500);
    await once(socket, 'close');
    clearInterval(timer);
    answers[i] = text;
  });
  const quick = performance.now();
  expect((await rawHttp(port, LIVE)).status).toBe(200);
  expect(performance.now() - quick).toBeLessThan(5_000);
  await Promise.all(closed);
  // 15 s, looked at every 5 s; a busy machine takes longer.
  expect(performance.now() - began).toBeLessThan(60_000);
  for (const text of answers) if (text !== '') expect(answerOf(text).status).toBe(408);
}, 120_000);

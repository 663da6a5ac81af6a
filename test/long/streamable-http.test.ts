import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaults } from '../../src/config/defaults.js';
import { systemClock } from '../../src/time/clock.js';
import { httpRequests } from '../../src/transports/remote/http-requests.js';
import { streamableHttp } from '../../src/transports/remote/streamable-http.js';
import { bodyOf } from '../helpers/body-of.js';
import { eventually } from '../helpers/eventually.js';
import { listen } from '../helpers/listen.js';

const MIB = 1024 * 1024;

/** A server in a process of its own, whose calls are answered with `params.arguments.big` bytes. */
async function bigServer(answers: 'json' | 'events'): Promise<string> {
  const child = fork(join(import.meta.dirname, '../fixtures/servers/http-big.mjs'), [answers]);
  onTestFinished(() => {
    child.kill();
  });
  const [port] = await once(child, 'message');
  return `http://127.0.0.1:${port}/mcp`;
}

function life(url: string, maxFrameBytes: number) {
  const server = { url, headers: {}, network: {} };
  const transport = streamableHttp({
    ...{ kind: 'http', server, requests: httpRequests(server), clock: systemClock },
    settings: { ...defaults, maxFrameBytes },
    signal: new AbortController().signal,
  });
  let tell = (_: number) => {};
  transport.onOversize = ({ bytes }) => tell(-bytes);
  transport.onFailedRequest = ({ end }) => {
    throw new Error(JSON.stringify(end));
  };
  void (async () => {
    for await (const batch of transport.batches) for (const frame of batch) tell(frame.length);
  })();
  /** Resolves with the length of the answer; negative: it was over the bound. */
  const ask = (method: string, params: object) =>
    new Promise<number>((resolve) => {
      tell = resolve;
      transport.send([Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))]);
    });
  return { transport, ask };
}

describe.each(['json', 'events'] as const)('results of 100 MB over Streamable HTTP, as %s', (answers) => {
  it('take time linear in their length', async () => {
    const { transport, ask } = life(await bigServer(answers), 128 * MIB);
    await ask('initialize', {});
    const cpuMs = async (big: number) => {
      const before = process.cpuUsage();
      expect(await ask('tools/call', { arguments: { big } })).toBeGreaterThan(big);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    await cpuMs(12 * MIB);
    const short = Math.min(await cpuMs(12 * MIB), await cpuMs(12 * MIB), await cpuMs(12 * MIB));
    const long = Math.min(await cpuMs(96 * MIB), await cpuMs(96 * MIB));
    // 8 when it is linear, 64 when it is quadratic.
    expect(long / short).toBeLessThan(24);
    await transport.close();
  });

  it('take no memory when they are over the bound', async () => {
    const { transport, ask } = life(await bigServer(answers), 8 * MIB);
    await ask('initialize', {});
    await ask('tools/call', { arguments: { big: 16 * MIB } });
    const before = process.memoryUsage.rss();
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 10);
    // A body of one answer alone is left at four times the bound: it may never end.
    const read = answers === 'json' ? 4 * 8 * MIB : 100 * MIB;
    for (let i = 0; i < 5; i++) {
      expect(await ask('tools/call', { arguments: { big: 100 * MIB } })).toBeLessThan(-read);
    }
    clearInterval(watch);
    expect(peak - before).toBeLessThan(64 * MIB);
    await transport.close();
  });
});

it('lives that end in any way leave neither connections nor timers', async () => {
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      return;
    }
    if (request.method === 'DELETE') return void response.writeHead(204).end();
    const message = JSON.parse(String(await bodyOf(request)));
    if (message.id === undefined) return void response.writeHead(202).end();
    if (message.method === 'hang') return;
    if (message.method === 'lost') return void response.writeHead(404).end();
    const result = { protocolVersion: '2025-06-18' };
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
  });
  const url = `http://127.0.0.1:${await listen(server)}/mcp`;
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const open = async (round: number) => {
    const { transport, ask } = life(url, MIB);
    await ask('initialize', {});
    const say = (message: object) =>
      transport.send([Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))]);
    say({ method: 'notifications/initialized' });
    await ask('tools/list', {});
    say({ id: 7, method: 'hang' });
    if (round % 3 === 0) await transport.close();
    else if (round % 3 === 1) await transport.close({ forceSignal: AbortSignal.abort() });
    else say({ id: 8, method: 'lost' });
    await transport.closed;
  };
  for (let round = 0; round < 300; round += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, i) => open(round + i)));
  }
  await eventually(async () => (await connections()) === 0);
  await eventually(() => timers() <= before + 1);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished } from 'vitest';
import type { ServerPlan } from '../../src/config/plan.js';
import type { ServerCommand } from '../../src/process/launch.js';
import type { HttpAnswer, HttpRequest, HttpRequests } from '../../src/transports/remote/http-requests.js';
import { bodyOf } from './body-of.js';
import { clock } from './clock.js';
import { type FrontProcess, type FrontRequest, HttpFront } from './http-front.js';
import { launchOf } from './launch-of.js';
import { isMemory } from './strategy.js';

/** Delay of what is sent, each way, in milliseconds: nothing arrives at the moment when it is sent. */
const NETWORK_MS = 0.1;

const fronts = new Map<string, HttpFront>();
const origin = isMemory ? 'http://front.test' : await startServer();
let last = 0;

/** The same server behind Streamable HTTP, until the test ends. */
export function behindHttp(
  plan: ServerPlan,
  launch: (command: ServerCommand) => FrontProcess = launchProcess,
): ServerPlan {
  last += 1;
  const path = `/${last}/mcp`;
  const front = new HttpFront(() => launch(launchOf(plan)));
  fronts.set(path, front);
  onTestFinished(() => {
    front.close();
    fronts.delete(path);
    expect(front.violations, 'what the client of the HTTP server did against the rules').toEqual([]);
  });
  const { name, options } = plan;
  return { kind: 'http', name, options, remote: { url: `${origin}${path}`, headers: {}, network: {} } };
}

function launchProcess({ command, args, cwd, env }: ServerCommand): FrontProcess {
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', resolve);
  });
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    exited,
    kill: () => child.kill('SIGKILL'),
  };
}

/** For every test of this worker. */
async function startServer(): Promise<string> {
  const server = createServer(async (incoming, response) => {
    const body = await bodyOf(incoming);
    const { method = '', headers } = incoming;
    const request: FrontRequest = { method, headers, body };
    const front = fronts.get(incoming.url ?? '');
    if (!front) return void response.writeHead(404).end();
    front.handle(request, (status, head) => {
      response.writeHead(status, head).flushHeaders();
      return response;
    });
  });
  server.unref().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Requests to a front without a network. */
export function requestsInMemory(url: string): HttpRequests {
  const front = fronts.get(new URL(url).pathname)!;
  let controller = new AbortController();
  const send = async ({ method, headers, body, signal, onSent }: HttpRequest): Promise<HttpAnswer> => {
    const signals = AbortSignal.any([controller.signal, ...(signal ? [signal] : [])]);
    await clock.sleep(NETWORK_MS, signals);
    return new Promise((resolve, reject) => {
      signals.addEventListener('abort', () => reject(signals.reason), { once: true });
      signals.throwIfAborted();
      onSent?.();
      front.handle({ method, headers, body: Buffer.from(body ?? '') }, (status, head) => {
        const body = new PassThrough();
        body.on('error', () => {});
        signals.addEventListener('abort', () => body.destroy(signals.reason), { once: true });
        clock.after(NETWORK_MS, () =>
          resolve({ status, headers: head, url: new URL(url), body: body as unknown as IncomingMessage }),
        );
        return body;
      });
    });
  };
  const close = () => {
    controller.abort();
    controller = new AbortController();
  };
  return { send, close, upgradeHeaders: async () => ({}) };
}

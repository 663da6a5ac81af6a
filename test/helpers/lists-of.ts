import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { defaults } from '../../src/config/defaults.js';
import type { Plan } from '../../src/config/plan.js';
import { defaultOptions } from '../../src/config/server-options.js';
import { Daemon } from '../../src/daemon/daemon.js';
import { Endpoint } from '../../src/protocol/endpoint.js';

/** An answer by its method, as the bytes that came. */
export type Lists = ReadonlyMap<string, Buffer>;

const LISTS = {
  tools: ['tools/list'],
  resources: ['resources/list', 'resources/templates/list'],
  prompts: ['prompts/list'],
};
const INITIALIZE = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'lists', version: '1' },
};

/** A client that sends text and gets the bytes of the answer to its id. */
interface RawClient {
  request(id: number, text: string): Promise<Buffer>;
  notify(text: string): Promise<void>;
}

/** Every list that the server has, asked for over Streamable HTTP without mcp-pipe. */
export async function listsDirectly(url: string): Promise<Lists> {
  let session: Record<string, string> = {};
  const post = async (body: string) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        ...session,
      },
      body,
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    const id = response.headers.get('mcp-session-id');
    session = {
      ...session,
      'mcp-protocol-version': INITIALIZE.protocolVersion,
      ...(id ? { 'mcp-session-id': id } : {}),
    };
    return response;
  };
  return listsBy({
    async request(id, text) {
      const response = await post(text);
      const body = Buffer.from(await response.arrayBuffer());
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return body;
      const events = body.toString('utf8').split(/\r?\n\r?\n/);
      const datas = events.map((event) =>
        event
          .split(/\r?\n/)
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.replace(/^data: ?/, ''))
          .join('\n'),
      );
      const answer = datas.find((data) => isAnswerTo(id, data));
      if (answer === undefined) throw new Error(`no answer in ${body.toString('utf8').slice(0, 200)}`);
      return Buffer.from(answer);
    },
    async notify(text) {
      await (await post(text)).arrayBuffer();
    },
  });
}

/** The same of a pipe whose server it is. */
export async function listsThroughPipe(url: string): Promise<Lists> {
  const endpoint = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(endpoint, 'listening');
  const { port } = endpoint.address() as AddressInfo;
  const plan: Plan = {
    servers: [
      { kind: 'http', name: 'real', options: defaultOptions, remote: { url, headers: {}, network: {} } },
    ],
    links: [
      {
        ...{ kind: 'pipe', name: 'real', servers: ['real'], settings: defaults },
        endpoint: new Endpoint(`ws://127.0.0.1:${port}/?token=real`),
      },
    ],
    ...{ warnings: [], secrets: [] },
  };
  const daemon = new Daemon(plan, { onStatus: () => {} });
  daemon.start();
  try {
    const [socket] = (await once(endpoint, 'connection', {
      signal: AbortSignal.timeout(120_000),
    })) as [WebSocket];
    const waiting = new Map<number, (answer: Buffer) => void>();
    socket.on('message', (data: Buffer) => {
      const { id, method } = JSON.parse(data.toString('utf8')) as { id?: number; method?: string };
      if (id !== undefined && method === undefined) waiting.get(id)?.(data);
    });
    return await listsBy({
      request: (id, text) =>
        new Promise((resolve) => {
          waiting.set(id, resolve);
          socket.send(text);
        }),
      notify: async (text) => socket.send(text),
    });
  } finally {
    await daemon.stop();
    for (const client of endpoint.clients) client.terminate();
    endpoint.close();
  }
}

async function listsBy(client: RawClient): Promise<Lists> {
  const ask = (id: number, method: string, params: object) =>
    client.request(id, JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  const { result } = JSON.parse((await ask(1, 'initialize', INITIALIZE)).toString('utf8')) as {
    result: { capabilities: Record<string, unknown> };
  };
  await client.notify(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  const lists = new Map<string, Buffer>();
  for (const [capability, methods] of Object.entries(LISTS)) {
    if (!result.capabilities[capability]) continue;
    for (const method of methods) lists.set(method, await ask(lists.size + 2, method, {}));
  }
  return lists;
}

function isAnswerTo(id: number, data: string): boolean {
  try {
    return (JSON.parse(data) as { id?: unknown }).id === id;
  } catch {
    return false;
  }
}

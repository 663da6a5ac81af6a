import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GatewayPart } from '../../../src/daemon/gateway/gateway-part.js';
import type { Identity, Known } from '../../../src/daemon/http/authenticator.js';
import { eventually } from '../../helpers/eventually.js';
import { type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { rawClient, type Way } from '../../helpers/raw-clients.js';
import { rawHttp } from '../../helpers/raw-http.js';

/** A gateway that knows callers as the test says; `revoke` ends those of a key. */
async function worldOf(
  identify: (credential: string, request: IncomingMessage) => Known | Promise<Known>,
  servers: Readonly<Record<string, string>> = { one: 'basic.mjs', two: 'basic.mjs' },
  profiles: Readonly<Record<string, readonly [string, ...string[]]>> = { kids: ['two'] },
) {
  let end: (key: string) => void = () => {};
  const part: GatewayPart = {
    kind: 'test',
    authenticator: { isAsked: true, identify },
    revocations: {
      onRevoked: (listener) => {
        end = (key) => listener((identity) => identity.key === key);
      },
    },
  };
  const world = await startGateway({ servers, profiles, options: { partsOf: async () => [part] } });
  return { world, revoke: (key: string) => end(key) };
}

const origin = ({ gateway }: GatewayWorld) => gateway.origin!;
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
const WAYS: readonly Way[] = ['http', 'sse', 'ws', 'modern'];
const json = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe('what a caller may have', () => {
  const GRANTS: Record<string, Identity> = {
    all: { key: 'all' },
    one: { key: 'one', grant: { servers: ['on*'] } },
    kids: { key: 'kids', grant: { agents: ['kids'] } },
    none: { key: 'none', grant: { servers: [] } },
  };
  const known = (credential: string) => GRANTS[credential];

  test('decides which servers its clients get, at each address and in each way', async () => {
    const { world } = await worldOf(known);
    const tools = async (key: string, way: Way, server?: string) => {
      const client = rawClient(way, origin(world), server, as(key));
      await client.open();
      return ((await client.ask('tools/list')).result as { tools: { name: string }[] }).tools.map(
        ({ name }) => name,
      );
    };
    for (const way of WAYS) {
      const all = await tools('all', way);
      expect([way, all.filter((name) => name.startsWith('two__')).length > 0]).toEqual([way, true]);
      const granted = await tools('one', way);
      expect([way, granted.length > 0, granted.join()]).toEqual([
        way,
        true,
        expect.not.stringContaining('two'),
      ]);
      expect(await tools('one', way, 'one')).toEqual(granted);
    }
  });

  test('is all that it is told of: a server outside is not told from none', async () => {
    const { world } = await worldOf(known);
    // An address has a face once a client is there, and still tells nothing.
    const other = rawClient('http', origin(world), 'two', as('all'));
    await other.open();
    for (const key of ['one', 'none']) {
      const answers = await Promise.all(
        ['two', 'tow'].map(async (name) => {
          const response = await fetch(`${origin(world)}/servers/${name}/mcp`, {
            ...{ method: 'POST', headers: { ...as(key).headers, 'content-type': 'application/json' } },
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }),
          });
          const { error } = (await response.json()) as { error: { message: string; data: object } };
          return [response.status, error.message.replace(name, 'NAME'), { ...error.data, requestId: '' }];
        }),
      );
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]![0]).toBe(404);
    }
    for (const path of [
      '/',
      '/status',
      '/health',
      '/servers/two/health',
      '/servers/two/ws',
      '/agents/kids/mcp',
      '/nothing',
    ])
      for (const key of ['one', 'none']) {
        const response = await fetch(origin(world) + path, as(key));
        // The name that was asked for comes back as it came.
        const text = (await response.text())
          .replaceAll('"two\\" is not among', '')
          .replaceAll('\\"two\\" is not', '');
        expect([path, key, text]).toEqual([path, key, expect.not.stringMatching(/\btwo\b|\/agents\/kids/)]);
      }
    expect((await fetch(`${origin(world)}/agents/kids/mcp`, as('one'))).status).toBe(404);
  });

  test('of agents is their addresses alone', async () => {
    const { world } = await worldOf(known);
    expect(Object.keys((await json(await fetch(origin(world), as('kids')))).servers as object)).toEqual([]);
    const index = await json(await fetch(`${origin(world)}/`, as('kids')));
    expect(Object.keys(index.agents as object)).toEqual(['kids']);
    expect((await fetch(`${origin(world)}/servers/one/mcp`, as('kids'))).status).toBe(404);
  });
});

describe('a session', () => {
  test('is of the key that has opened it, and of what that key allowed', async () => {
    let narrow = false;
    const { world } = await worldOf((credential) => ({
      key: credential === 'other' ? 'other' : 'an',
      ...(narrow ? { grant: { servers: ['one'] } } : {}),
    }));
    const opened = await fetch(`${origin(world)}/servers/one/mcp`, {
      ...{ method: 'POST', body: initialize },
      headers: { ...as('an').headers, ...TYPES },
    });
    const session = opened.headers.get('mcp-session-id')!;
    await opened.text();
    const ask = (key: string, id = session) =>
      fetch(`${origin(world)}/servers/one/mcp`, {
        ...{ method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' }) },
        headers: { ...as(key).headers, ...TYPES, 'mcp-session-id': id },
      }).then(({ status }) => status);
    expect(await ask('an')).toBe(200);
    expect(await ask('other')).toBe(404);
    expect(await ask('an', `${session.slice(0, -1)}${session.endsWith('0') ? '1' : '0'}`)).toBe(404);
    expect(await ask('an', '__proto__')).toBe(404);
    narrow = true;
    expect(await ask('an')).toBe(404);
    narrow = false;
    expect(await ask('an')).toBe(200);
  });
});

const TYPES = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const initialize = JSON.stringify({
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});

describe('a caller that is no longer good', () => {
  test('loses its clients, and no other does', async () => {
    const good = new Set(['an', 'binh']);
    const { world, revoke } = await worldOf((credential) =>
      good.has(credential) ? { key: credential } : undefined,
    );
    const clients = await Promise.all(
      WAYS.flatMap((way) =>
        ['an', 'binh'].map(async (key) => {
          const client = rawClient(way, origin(world), 'one', as(key));
          await client.open();
          return { key, client };
        }),
      ),
    );
    good.delete('an');
    revoke('an');
    for (const { key, client } of clients) {
      const ask = () =>
        client.ask('tools/list').then(
          ({ error }) => (error ? 'refused' : 'answered'),
          () => 'gone',
        );
      if (key === 'an') await eventually(async () => (await ask()) !== 'answered');
      else expect(await ask()).toBe('answered');
    }
    await eventually(() => world.gateway.clients === WAYS.length);
  });

  test('is out once its time has passed, unless it comes with a later one', async () => {
    let until = Date.now() + 3_000;
    const { world } = await worldOf(() => ({ key: 'an', until }));
    const [stays, goes, socket] = ['http', 'http', 'ws'].map((way) =>
      rawClient(way as Way, origin(world), 'one', as('an')),
    );
    for (const client of [stays, goes, socket]) await client!.open();
    expect(world.gateway.clients).toBe(3);
    until += 600_000;
    expect((await stays!.ask('ping')).error).toBeUndefined();
    await eventually(() => world.gateway.clients === 1);
    expect((await stays!.ask('ping')).error).toBeUndefined();
    expect((await goes!.ask('ping')).error).toMatchObject({ code: 404 });
  });

  test('does nothing with a request whose body was still to come', async () => {
    const { world, revoke } = await worldOf(() => ({ key: 'an' }));
    const asked = request(`${origin(world)}/servers/one/mcp`, {
      ...{ method: 'POST', headers: { ...as('an').headers, ...TYPES, 'content-length': initialize.length } },
    });
    onTestFinished(() => void asked.destroy());
    const answered = new Promise<number>((resolve) => {
      asked
        .on('response', (response) => resolve(response.resume().statusCode!))
        .on('error', () => resolve(0));
    });
    asked.write(initialize.slice(0, 10));
    // It is known once another request, sent later, was answered.
    expect((await fetch(`${origin(world)}/status`, as('an'))).status).toBe(200);
    revoke('an');
    expect([401, 0]).toContain(await answered);
    expect(world.gateway.clients).toBe(0);
  });
});

test('while it is found out who asks, the body is not read, and a client that leaves costs nothing', async () => {
  let asked = 0;
  let answer: (known: Known) => void = () => {};
  const { world } = await worldOf(() => {
    asked += 1;
    return new Promise<Known>((resolve) => {
      answer = resolve;
    });
  });
  const leaver = request(`${origin(world)}/servers/one/mcp`, {
    ...{ method: 'POST', headers: { ...as('an').headers, ...TYPES, 'content-length': initialize.length } },
  });
  leaver.on('error', () => {}).end(initialize);
  await eventually(() => asked === 1);
  leaver.destroy();
  // The server has seen it once a later connection was answered.
  await rawHttp(
    Number(new URL(origin(world)).port),
    'GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
  );
  answer({ key: 'an' });
  await eventually(() => world.gateway.clients === 0);
  const client = rawClient('ws', origin(world), 'one', as('an'));
  const opening = client.open();
  await eventually(() => asked === 2);
  answer({ key: 'an' });
  await opening;
  expect(world.gateway.clients).toBe(1);
});

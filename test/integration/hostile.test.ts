import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { clock } from '../helpers/clock.js';
import { endedLike } from '../helpers/ended-servers.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';
import { isBeside, isMux } from '../helpers/strategy.js';

async function endpoint() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

/** A link whose server is told apart by its arguments, and an ordinary one in the same daemon. */
async function twoLinks(...server: [string, ...string[]]) {
  const [hostile, innocent] = [await endpoint(), await endpoint()];
  const test = startLinks([
    { endpoint: hostile.endpoint('token-of-the-hostile-one'), server, name: 'hostile' },
    { endpoint: innocent.endpoint('token-of-the-innocent-one'), server: ['basic.mjs'], name: 'innocent' },
  ]);
  const [connection, other] = [await hostile.connection(), await innocent.connection()];
  await other.greet();
  return { test, connection, other };
}

const LEVELS = 20_000;
const deepArray = '['.repeat(LEVELS) + ']'.repeat(LEVELS);
const deepObject = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`;

describe('nesting deeper than the stack ends neither its link nor the others', () => {
  it('in what is cancelled', async () => {
    const { connection, other } = await twoLinks('basic.mjs');
    await connection.greet();
    const pid = await connection.tool(1, 'whoami');
    const params = `{"requestId":${deepArray}}`;
    connection.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`);
    expect(await connection.tool(2, 'whoami')).toBe(pid);
    expect(await other.tool(2, 'echo', { text: 'fine' })).toBe('fine');
  });

  it('in a progress token', async () => {
    const { connection, other } = await twoLinks('basic.mjs');
    await connection.greet();
    const pid = await connection.tool(1, 'whoami');
    const params = `{"_meta":{"progressToken":${deepArray}}}`;
    connection.send(`{"jsonrpc":"2.0","id":2,"method":"tools/list","params":${params}}`);
    expect((await connection.reply(2)).result.tools.length).toBeGreaterThan(0);
    expect(await connection.tool(3, 'whoami')).toBe(pid);
    expect(await other.tool(2, 'echo', { text: 'fine' })).toBe('fine');
  });

  it('in the capabilities of two equal initialize requests', async () => {
    const { test, connection, other } = await twoLinks('basic.mjs');
    const initialize = (id: number) => {
      const params = `{"protocolVersion":"2024-11-05","clientInfo":{},"capabilities":${deepObject}}`;
      connection.send(`{"jsonrpc":"2.0","id":${id},"method":"initialize","params":${params}}`);
      return connection.reply(id);
    };
    for (const id of [5, 6]) expect((await initialize(id)).result.protocolVersion).toBe('2024-11-05');
    expect(await connection.tool(7, 'echo', { text: 'still here' })).toBe('still here');
    expect(await other.tool(2, 'echo', { text: 'fine' })).toBe('fine');
    expect(test.all('down')).toEqual([]);
  });
});

describe('bytes that are no clean JSON', () => {
  it('in the answer to initialize, a raw TAB deep in a string, are named, and end nothing', async () => {
    const { test, connection, other } = await twoLinks('odd-start.mjs', 'tab');
    const { error } = await connection.greet(undefined, 'mine');
    // Beside another server it is only left out.
    if (!isBeside) expect(error).toMatchObject({ code: -31013, data: { why: 'control-character' } });
    expect(test.all('answer-unreadable')[0]).toMatchObject({
      method: 'initialize',
      why: 'control-character',
    });
    expect(await other.tool(2, 'echo', { text: 'fine' })).toBe('fine');
    expect([...test.all('server-down'), ...test.all('down')]).toEqual([]);
  });

  it('in a binary frame are reported as noise', async () => {
    const { test, connection } = await twoLinks('basic.mjs');
    await connection.greet();
    connection.socket.send(Buffer.from([0xff, 0xfe, 0x00, 0x80]), { binary: true });
    connection.socket.send(
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami"}}'),
    );
    expect((await connection.reply(1)).result.content).toHaveLength(1);
    expect(test.all('invalid-message')).toMatchObject([{ link: 'hostile', from: 'endpoint', bytes: 4 }]);
  });
});

/** The tools of a server that is only coming back are announced as soon as they are there. */
const listsExit = (connection: FakeConnection) =>
  eventually(async () => {
    const { result } = await connection.call(`list ${clock.now()}`, 'tools/list');
    return result.tools.some(({ name }) => name === 'exit');
  });

describe('an initialize', () => {
  it('that ends every server is answered with an error, and the next, ordinary one works', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['odd-start.mjs', 'choosy'] }]);
    const first = await fake.connection();
    const { error, result } = await first.call(0, 'initialize', { protocolVersion: 'x', capabilities: {} });
    if (isBeside) expect(result.protocolVersion).toBe('2025-11-25');
    else expect(error).toMatchObject({ code: ErrorCode.serverExited, data: { server: 'server' } });
    expect(await test.status('server-down')).toMatchObject(endedLike({ exitCode: 1 }));
    first.close(4004, 'Internal server error');
    const second = await fake.connection(1);
    expect((await second.greet()).result.protocolVersion).toBe('2024-11-05');
    await listsExit(second);
    expect(test.all('server-down')).toHaveLength(1);
  });

  it('that ends every server is answered with an error each time it comes', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['odd-start.mjs', 'choosy'] }]);
    for (const index of [0, 1]) {
      const connection = await fake.connection(index);
      const { error, result } = await connection.call(0, 'initialize', {
        protocolVersion: 'x',
        capabilities: {},
      });
      // A multiplexer has more than that to say when another server works, or when this one is back.
      if (isMux) expect(error?.code === ErrorCode.serverExited || result.protocolVersion !== 'x').toBe(true);
      else expect(error.code).toBe(ErrorCode.serverExited);
      connection.close(4004, 'Internal server error');
    }
    const last = await fake.connection(2);
    expect((await last.greet()).result.protocolVersion).toBe('2024-11-05');
    // And it does not say to a server again what has ended it.
    expect(test.all('server-down')).toHaveLength(isMux ? 1 : 2);
  });

  it('with id null is answered under id null, although no server answers such an id', async () => {
    const fake = await endpoint();
    startLinks([{ endpoint: fake.endpoint(), server: ['odd-start.mjs', 'choosy'] }]);
    const connection = await fake.connection();
    const { result } = await connection.greet({ protocolVersion: '2024-11-05', capabilities: {} }, null);
    expect(result.protocolVersion).toBe('2024-11-05');
    expect((await connection.call(1, 'tools/list')).result.tools.map(({ name }) => name)).toContain('exit');
  });

  it('reaches a server that has refused the greeting, and works then', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['odd-start.mjs', 'refuses', '1'] }]);
    for (const index of [0, 1, 2]) {
      const connection = await fake.connection(index);
      expect((await connection.greet()).result?.protocolVersion).toBe('2024-11-05');
      expect((await connection.call(1, 'tools/list')).result.tools.map(({ name }) => name)).toContain('exit');
      connection.close(4004, 'Internal server error');
    }
    expect(test.all('server-refused')).toHaveLength(1);
    expect([...test.all('server-down'), ...test.all('server-replaced')]).toEqual([]);
  });

  it('reaches a server that has refused the greeting and the connection before', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['odd-start.mjs', 'refuses', '2'] }]);
    // A multiplexer passes on the words it is greeted with before anybody dials, so that it is one ahead.
    const refusals = isMux ? [] : ['the database is not up yet'];
    for (const [index, words] of refusals.entries()) {
      const connection = await fake.connection(index);
      expect((await connection.greet()).error.message).toBe(words);
      connection.close(4004, 'Internal server error');
    }
    const last = await fake.connection(refusals.length);
    expect((await last.greet()).result?.protocolVersion).toBe('2024-11-05');
    // Beside one that works, it is asked once more when a list is.
    await listsExit(last);
    expect(test.all('server-refused')).toHaveLength(2);
    expect(test.all('client-initialized')).toHaveLength(1);
  });
});

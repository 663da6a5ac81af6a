import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { FaultProxy } from '../helpers/fault-proxy.js';
import { ListeningProgram, RealLife } from '../helpers/real-life.js';
import { program } from '../helpers/real-servers.js';

const sdk = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/sdk/package.json'));
const EXAMPLE = join(sdk, '../esm/examples/server/simpleStreamableHttp.js');
const EVERYTHING = program('@modelcontextprotocol/server-everything');

async function behindProxy(port: number): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(`http://127.0.0.1:${port}`);
  onTestFinished(() => proxy.close());
  return proxy;
}

describe('Streamable HTTP with the example of SDK v1', () => {
  it('calls, is asked, resumes a cut answer, and loses its session with the server', async () => {
    const example = await ListeningProgram.start([EXAMPLE], 'MCP_PORT');
    const proxy = await behindProxy(example.port);
    const life = new RealLife(`${proxy.origin}/mcp`);
    expect((await life.open({ elicitation: {} })).result.serverInfo.name).toBe(
      'simple-streamable-http-server',
    );
    expect((await life.ask('tools/list')).result.tools.length).toBeGreaterThan(3);

    // A request of the server within the answer to a call.
    const told = life.call('collect-user-info', { infoType: 'contact' });
    const [question] = await life.came('elicitation/create');
    life.say({ id: question.id, result: { action: 'decline' } });
    expect(JSON.stringify((await told).result)).toMatch(/declin|not provide/i);

    // The answer is cut twice, with the stream of the server's own messages, and comes nevertheless.
    const streamed = life.call('start-notification-stream', { interval: 100, count: 12 });
    await life.came('notifications/message', 3);
    proxy.dropAll();
    const resumed = (count: number) => () =>
      proxy.seen.filter(({ method }) => method === 'GET').length >= count;
    await eventually(resumed(3));
    proxy.dropAll();
    expect((await streamed).result.content[0].text).toContain('100ms');
    expect(life.failed).toEqual([]);

    await example.kill();
    await example.start();
    life.say({ id: 99, method: 'tools/list' });
    expect(await life.end()).toEqual({ kind: 'session-lost' });
  });
});

describe('Streamable HTTP with server-everything', () => {
  it('reports progress, cancels, hears the server, and notices that its session is over', async () => {
    const everything = await ListeningProgram.start([EVERYTHING, 'streamableHttp'], 'PORT');
    const proxy = await behindProxy(everything.port);
    const life = new RealLife(`${proxy.origin}/mcp`);
    await life.open({ sampling: {} });
    expect((await life.call('echo', { message: 'xin chào 🌏' })).result.content[0].text).toContain(
      'xin chào 🌏',
    );
    await life.call(
      'trigger-long-running-operation',
      { duration: 0.4, steps: 4 },
      { _meta: { progressToken: 'p' } },
    );
    expect(await life.came('notifications/progress', 4)).toHaveLength(4);

    // The server never answers a cancelled call, and does not end its answer.
    life.say({
      id: 50,
      method: 'tools/call',
      params: { name: 'trigger-long-running-operation', arguments: { duration: 60, steps: 1 } },
    });
    expect((await life.call('get-sum', { a: 2, b: 3 })).result.content[0].text).toContain('5');
    life.say({ method: 'notifications/cancelled', params: { requestId: 50 } });
    expect((await life.call('get-sum', { a: 3, b: 3 })).result.content[0].text).toContain('6');

    await life.transport.close();
    expect(proxy.seen.at(-1)).toMatchObject({ method: 'DELETE' });
    expect([life.failed, await life.transport.closed]).toEqual([[], { by: 'local' }]);

    // The same server answers a session that is over with 400.
    const other = new RealLife(`${proxy.origin}/mcp`);
    await other.open();
    await proxy.fail(
      {
        kind: 'answer',
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}',
      },
      { body: 'tools/list' },
    );
    other.say({ id: 98, method: 'tools/list' });
    expect(await other.end()).toEqual({ kind: 'session-lost' });
  });
});

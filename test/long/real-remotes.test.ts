import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultOptions } from '../../src/config/server-options.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { FaultProxy } from '../helpers/fault-proxy.js';
import { CANDIDATES, startBehindGateway } from '../helpers/gateways.js';
import { quick, startPlans } from '../helpers/link.js';
import { listsDirectly, listsThroughPipe } from '../helpers/lists-of.js';
import { REAL_REMOTES, type RealRemote } from '../helpers/real-remotes.js';
import { StartedServer } from '../helpers/started-server.js';

const NAME = 'real';
/** Longer than any answer takes, and shorter than anybody waits for one. */
const SLOW_MS = 1_500;

/** A pipe of the server, with a network in between that fails when it is told to. Undefined where it cannot be started. */
async function linked(remote: RealRemote) {
  const launch = await remote.launch();
  if (!launch) return undefined;
  const server = await StartedServer.start(launch);
  onTestFinished(() => server.kill());
  const proxy = await FaultProxy.start(`http://127.0.0.1:${server.port}`);
  onTestFinished(() => proxy.close());
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const url = `${proxy.origin}${remote.path}`;
  const plan = { kind: remote.kind, name: NAME, options: defaultOptions } as const;
  const test = startPlans([
    {
      ...{ kind: 'pipe', name: NAME, servers: [NAME], endpoint: fake.endpoint(), settings: quick },
      served: [{ ...plan, remote: { url, headers: {}, network: {} } }],
    },
  ]);
  const connection = await fake.connection();
  await connection.greet();
  let last = 100;
  const call = async () => {
    last += 1;
    return connection.call(last, 'tools/call', remote.call);
  };
  return { server, proxy, fake, test, connection, call };
}

type Answer = Awaited<ReturnType<FakeConnection['call']>>;
const textOf = ({ result }: Answer) => JSON.stringify(result?.content);

const WITHOUT_GO = 'Go is not on this machine';

describe.each(REAL_REMOTES)('$name over $kind', (remote) => {
  it('is listed and called byte by byte as without mcp-pipe, may be slow, and may have an answer cut', async ({
    skip,
  }) => {
    const link = (await linked(remote)) ?? skip(WITHOUT_GO);
    const { connection, server, proxy, call, test } = link;
    const { tools } = (await connection.call(1, 'tools/list')).result;
    expect(tools.map(({ name }) => name)).toContain(remote.call.name);
    expect(textOf(await call())).toContain(remote.says);
    if (remote.kind === 'http') {
      const url = `http://127.0.0.1:${server.port}${remote.path}`;
      const [direct, through] = [await listsDirectly(url), await listsThroughPipe(url)];
      expect(through).toEqual(direct);
    }

    await proxy.fail({ kind: 'delay', ms: SLOW_MS });
    expect(textOf(await call())).toContain(remote.says);

    // That call fails with a code, or is resumed, where the server can do that.
    await proxy.fail({ kind: 'cut', afterBytes: 20 }, { times: 1, body: '"tools/call"' });
    const answer = await call();
    if (answer.error) expect(Object.values(ErrorCode)).toContain(answer.error.code);
    else expect(textOf(answer)).toContain(remote.says);
    await proxy.heal();
    await worksAgain(call, remote);
    expect(test.all('down')).toEqual([]);
  });

  it('is killed and started again, and forgets its sessions: calls fail with a code, and the next ones work', async ({
    skip,
  }) => {
    const { server, fake, call } = (await linked(remote)) ?? skip(WITHOUT_GO);
    await server.kill();
    const { error } = await call();
    expect(Object.values(ErrorCode)).toContain(error.code);
    await server.start();
    await worksAgain(call, remote);

    // While nobody calls.
    await server.kill();
    await server.start();
    const first = await call();
    if (first.error) expect(Object.values(ErrorCode)).toContain(first.error.code);
    await worksAgain(call, remote);
    expect(fake.connections).toHaveLength(1);
  });
});

/** Resolves when calls are answered; until then each fails with a code. */
async function worksAgain(call: () => Promise<Answer>, { says }: RealRemote): Promise<void> {
  await eventually(
    async () => {
      const answer = await call();
      if (answer.error) expect(Object.values(ErrorCode)).toContain(answer.error.code);
      return textOf(answer)?.includes(says);
    },
    { everyMs: 100, what: 'an answer' },
  );
}

/** A few of those that `npm run equal-lists` tries. */
const LISTED = [
  '@modelcontextprotocol/server-everything',
  '@modelcontextprotocol/server-filesystem',
  '@modelcontextprotocol/server-memory',
  'mcp-server-time',
  'mcp-server-fetch',
];

it.each(CANDIDATES.filter(({ name }) => LISTED.includes(name)))(
  '$name behind $gateway has the same lists through a pipe',
  async (candidate) => {
    const server = await startBehindGateway(candidate);
    onTestFinished(() => server.kill());
    const url = `http://127.0.0.1:${server.port}/mcp`;
    const direct = await listsDirectly(url);
    expect(direct.get('tools/list')?.toString('utf8')).toContain('"name":');
    expect(await listsThroughPipe(url)).toEqual(direct);
  },
);

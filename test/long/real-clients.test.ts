import { expect, it, onTestFinished } from 'vitest';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startGateway } from '../helpers/gateway.js';
import { quick } from '../helpers/link.js';
import { type Asked, REAL_CLIENTS } from '../helpers/real-clients.js';

const BASIC = 'máy tính';

const AGENT = 'bếp';
const ECHO = { call: { name: 'echo', arguments: { text: 'xin chào' } }, says: 'xin chào' };
const TEXT = { call: { name: 'test_simple_text', arguments: {} }, says: 'This is a simple text' };

interface Address extends Omit<Asked, 'url'> {
  path: string;
  says: string;
}

/** The address of each kind below `base`; `/messages/` belongs to `sse`. */
const addresses = (base: string, asked: Pick<Address, 'call' | 'says'>): Address[] =>
  (['http', 'sse', 'ws'] as const).map((kind) => ({
    ...{ path: `${base}/${kind === 'http' ? 'mcp' : kind}`, kind, ...asked },
  }));

const ADDRESSES = [
  ...addresses(`/servers/${encodeURIComponent(BASIC)}`, ECHO),
  ...addresses(`/agents/${encodeURIComponent(AGENT)}`, ECHO),
  ...addresses('', TEXT),
  { path: `/servers/${encodeURIComponent(BASIC)}/`, kind: 'http', ...ECHO } as const,
];

/** A server written by hand, one of the SDK, and an agent that has the former. */
async function world() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return startGateway({
    servers: { [BASIC]: 'basic.mjs', sdk: 'conformance-server.mjs' },
    links: [
      {
        ...{ kind: 'pipe', name: AGENT, agent: AGENT, servers: [BASIC] },
        ...{ endpoint: fake.endpoint(), settings: quick },
      },
    ],
  });
}

/** Each client may download and compile what it consists of, and is started several times at once. */
const TIMEOUT = { timeout: 600_000 };

it.for(REAL_CLIENTS)('$name lists and calls at each address', TIMEOUT, async (client, { skip }) => {
  if ((await client.install?.()) === false) skip('Go is not on this machine');
  const { gateway } = await world();
  const tried = ADDRESSES.filter(({ kind }) => client.kinds.includes(kind));
  const outcomes = await client.ask(
    tried.map(({ path, kind, call }) => ({
      url: (kind === 'ws' ? gateway.origin!.replace('http', 'ws') : gateway.origin!) + path,
      ...{ kind, call },
    })),
  );
  const got = outcomes.map(({ tools, text, error }, i) => ({
    path: tried[i]!.path,
    ...(error ? { error } : { hasTool: tools!.includes(tried[i]!.call.name), text }),
  }));
  expect(got).toEqual(
    tried.map(({ path, says }) => ({ path, hasTool: true, text: expect.stringContaining(says) })),
  );
});

import { expect, it, onTestFinished } from 'vitest';
import { defaults } from '../../src/config/defaults.js';
import { type ProbeResult, type ProbeStep, probe } from '../../src/daemon/probe.js';
import type { EndpointOptions } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { type FakeConnection, FakeEndpoint, type FakeEndpointOptions } from '../helpers/fake-endpoint.js';

/** Long enough for what an endpoint does at once to have come by then. */
const WATCH_MS = 500;
/** Where something comes late, by fractions of this. */
const LATE_WATCH_MS = 1_500;

interface Probed {
  result: ProbeResult;
  steps: ProbeStep[];
}

async function run(
  endpoint: Endpoint,
  {
    max = 4,
    watchMs = WATCH_MS,
    onStep,
  }: { max?: number; watchMs?: number; onStep?: (step: ProbeStep, stop: AbortController) => void } = {},
): Promise<Probed> {
  const steps: ProbeStep[] = [];
  const stop = new AbortController();
  const result = await probe({
    ...{ endpoint, max, watchMs, settings: defaults, version: '0', signal: stop.signal },
    onStep: (step) => {
      steps.push(step);
      onStep?.(step, stop);
    },
  });
  return { result, steps };
}

async function embedded(options: EndpointOptions) {
  const running = await startEndpoint({ port: 0, ...options });
  onTestFinished(() => running.close());
  return { running, endpoint: new Endpoint(running.serverUrl('t')) };
}

async function fake(options: FakeEndpointOptions) {
  const running = await FakeEndpoint.start(options);
  onTestFinished(() => running.close());
  return { running, endpoint: running.endpoint() };
}

const closeLater = ({ socket }: FakeConnection, afterMs: number, code: number, reason = '') => {
  const timer = setTimeout(() => socket.close(code, reason), afterMs);
  socket.once('close', () => clearTimeout(timer));
};

const numbers = (steps: readonly ProbeStep[], type: ProbeStep['type']) =>
  steps.filter((step) => step.type === type).map(({ number }) => number);

it.each([1, 2, 3])(
  'finds a limit of %i where one more is closed with 4004, and opens no more',
  async (limit) => {
    const { running, endpoint } = await embedded({ connectionsPerToken: limit });
    const { result, steps } = await run(endpoint);
    expect(result).toMatchObject({ how: 'refused', limit, diagnosis: { cause: 'token-limit', code: 4004 } });
    expect(running.stats.accepted).toBe(limit + 1);
    // Newest first; what the endpoint has closed is not closed again.
    expect(numbers(steps, 'closing')).toEqual([3, 2, 1].slice(3 - limit));
    expect(running.connections()).toEqual([]);
  },
);

it('says that a limit was not reached, having opened as many as it may', async () => {
  const { running, endpoint } = await embedded({});
  const { result, steps } = await run(endpoint, { max: 3 });
  expect(result).toEqual({ how: 'not-reached', limit: 3 });
  expect(running.stats.maxConcurrentPerToken).toBe(3);
  expect(numbers(steps, 'closing')).toEqual([3, 2, 1]);
});

it.each([
  ['replace', false],
  ['replace-deaf', true],
] as const)('finds a limit of 1 where one more replaces the older one (%s)', async (whenFull, isDeaf) => {
  const { endpoint } = await embedded({ connectionsPerToken: 1, whenFull });
  const { result, steps } = await run(endpoint);
  expect(result).toMatchObject({ how: 'replaced', limit: 1, isDeaf, diagnosis: { cause: 'replaced' } });
  expect(numbers(steps, 'ended')).toEqual([1]);
  expect(numbers(steps, 'closing')).toEqual([2]);
});

it('finds a limit where an older one is closed without a word about why', async () => {
  const first: FakeConnection[] = [];
  const { endpoint } = await fake({
    onConnection: (connection, i) => (i === 0 ? first.push(connection) : first[0]!.socket.close(4004)),
  });
  const { result, steps } = await run(endpoint);
  expect(result).toMatchObject({ how: 'replaced', limit: 1, diagnosis: { code: 4004 } });
  // It could have been too old for the endpoint: the other one has to become as old.
  expect(numbers(steps, 'settling')).toEqual([2]);
});

it('finds a limit of 1 where one more is asked nothing', async () => {
  const { endpoint } = await fake({
    onConnection: (connection, i) => void (i === 0 && connection.greet().catch(() => {})),
  });
  expect((await run(endpoint)).result).toEqual({ how: 'deaf', limit: 1 });
});

it('does not take a connection for deaf whose endpoint asks late', async () => {
  const { endpoint } = await fake({
    onConnection: (connection, i) => {
      setTimeout(() => void connection.greet().catch(() => {}), i === 0 ? 0 : LATE_WATCH_MS * 1.3);
    },
  });
  expect((await run(endpoint, { max: 2, watchMs: LATE_WATCH_MS })).result).toEqual({
    how: 'not-reached',
    limit: 2,
  });
});

it('finds a limit of 1 where one more is closed late, after the next one was opened', async () => {
  const { endpoint, running } = await fake({
    onConnection: (connection, i) => {
      if (i > 0) closeLater(connection, LATE_WATCH_MS * 1.5, 4004);
    },
  });
  const { result } = await run(endpoint, { watchMs: LATE_WATCH_MS });
  expect(result).toMatchObject({ how: 'refused', limit: 1, diagnosis: { code: 4004 } });
  expect(running.connections).toHaveLength(3);
});

it.each([4004, 1000])(
  'finds no limit where every connection is closed with %i after a while',
  async (code) => {
    const { endpoint } = await fake({
      onConnection: (connection) => closeLater(connection, LATE_WATCH_MS * 1.5, code),
    });
    expect((await run(endpoint, { watchMs: LATE_WATCH_MS })).result).toMatchObject({
      how: 'failed',
      limit: undefined,
      diagnosis: { code },
    });
  },
);

it.each([
  [401, 'http-unauthorized'],
  [403, 'http-forbidden'],
  [409, 'http-unexpected'],
] as const)('finds a limit of 1 where one more is answered with HTTP %i', async (status, cause) => {
  const { running, endpoint } = await embedded({});
  running.on('server-open', () => running.set({ rejectUpgrade: { status } }));
  const { result } = await run(endpoint);
  expect(result).toMatchObject({ how: 'refused', limit: 1, diagnosis: { cause, code: status } });
});

it.each([429, 503])(
  'finds no limit where one more is answered with HTTP %i, which may be the moment',
  async (status) => {
    const { running, endpoint } = await embedded({});
    running.on('server-open', () => running.set({ rejectUpgrade: { status } }));
    const { result } = await run(endpoint);
    expect(result).toMatchObject({ how: 'failed', number: 2, diagnosis: { code: status } });
    expect(running.connections()).toEqual([]);
  },
);

it.each([
  [{ rejectUpgrade: { status: 401 } }, 'http-unauthorized'],
  [{ refuse: { code: 1008, reason: 'token解密失败' } }, 'token-rejected'],
  [{ refuse: { code: 4004, reason: '' } }, 'endpoint-error'],
] satisfies [EndpointOptions, string][])(
  'finds no limit where the first one is refused: %j',
  async (options, cause) => {
    const { endpoint } = await embedded(options);
    const { result } = await run(endpoint);
    expect(result).toMatchObject({ how: 'failed', limit: undefined, number: 1, diagnosis: { cause } });
  },
);

it.each([
  ['an older one', 0],
  ['the newest one', 1],
])('finds no limit where the network cuts %s', async (_, cut) => {
  const tcp: FakeConnection['tcp'][] = [];
  const { endpoint } = await fake({
    onConnection: (connection, i) => {
      tcp.push(connection.tcp);
      if (i === 1) tcp[cut]!.resetAndDestroy();
    },
  });
  const { result } = await run(endpoint);
  expect(result).toMatchObject({ how: 'failed', number: cut + 1, diagnosis: { cause: 'connection-lost' } });
});

it('finds no limit where nobody listens', async () => {
  const { running, endpoint } = await embedded({});
  await running.close();
  const { result } = await run(endpoint);
  expect(result).toMatchObject({ how: 'failed', number: 1, diagnosis: { cause: 'refused' } });
});

it('closes what it has opened, newest first, when it is interrupted', async () => {
  const { running, endpoint } = await embedded({});
  const { result, steps } = await run(endpoint, {
    onStep: ({ type, number }, stop) => {
      if (type === 'watching' && number === 2) stop.abort();
    },
  });
  expect(result).toEqual({ how: 'interrupted', limit: undefined });
  expect(numbers(steps, 'closing')).toEqual([2, 1]);
  expect(running.stats.accepted).toBe(2);
  expect(running.connections()).toEqual([]);
});

it('survives an initialize that cannot be read', async () => {
  const { endpoint } = await fake({
    onConnection: (connection) =>
      connection.send('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"a"}}'),
  });
  expect((await run(endpoint, { max: 1 })).result).toEqual({ how: 'not-reached', limit: 1 });
});

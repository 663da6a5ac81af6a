import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { defaults } from '../../src/config/defaults.js';
import type { LinkPlan, Plan, ServerPlan } from '../../src/config/plan.js';
import { defaultOptions } from '../../src/config/server-options.js';
import { Daemon } from '../../src/daemon/daemon.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { seeded } from '../helpers/faulty-caller.js';
import { Caller, DEEDS, FaultedServer, KINDS, Ledger, type RemoteFixture } from '../helpers/remote-faults.js';

/** REMOTE_SECONDS=600 REMOTE_SEED=7 npx vitest run --project long test/long/remote-faults.test.ts: longer, and another run. */
const { REMOTE_SECONDS = '30', REMOTE_SEED = '1', REMOTE_ONLY } = process.env;
const RUN_MS = Number(REMOTE_SECONDS) * 1_000;

/** Their lost calls of safe tools are sent once more. */
const RETRIES: ReadonlySet<RemoteFixture> = new Set(['v1-json', 'sse', 'v2']);
/** After a fault has ended: far beyond what is expected, so that only a server that never comes back reaches it. */
const USABLE_WITHIN_MS = 30_000;
/** Calls are held for 8 s, and a mux gives up on a call after 20 s. */
const ANSWERED_WITHIN_MS = 45_000;
const CALL_EVERY_MS = 60;
/** More than can be held at a time: a server that is back is noticed at once. */
const MOST_OPEN = 150;

const settings = {
  ...{ ...defaults, deafAfterMs: 3_600_000, unaskedAfterMs: 0, callTimeoutMs: 20_000 },
  ...{ callWarnMs: 5_000, serverPingTimeoutMs: 5_000 },
};

function planOf(servers: readonly FaultedServer[], fake: FakeEndpoint): Plan {
  const plans = servers.map(
    ({ kind, url }): ServerPlan => ({
      kind: kind === 'ws' ? 'ws' : kind === 'sse' ? 'sse' : 'http',
      name: kind,
      options: { ...defaultOptions, retrySafeCalls: RETRIES.has(kind) },
      remote: { url, headers: {}, network: {} },
    }),
  );
  const pipes = KINDS.map(
    (name): LinkPlan => ({
      ...{ kind: 'pipe', name: `pipe-${name}`, servers: [name], settings, onListChange: 'notify' },
      endpoint: fake.endpoint(`a-token-of-${name}`),
    }),
  );
  const mux: LinkPlan = {
    ...{ kind: 'mux', name: 'mux', servers: [...KINDS], settings, onListChange: 'notify' },
    ...{ prefix: 'always', separator: '__', toolNames: 'keep', mayRegroup: false },
    endpoint: fake.endpoint('a-token-of-the-mux'),
  };
  return { servers: plans, links: [...pipes, mux], warnings: [], secrets: [] };
}

it(
  `${REMOTE_SECONDS} s of faults over five remote servers: no call is lost, none wrong, none carried out twice`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'remote-faults-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const servers = await Promise.all(KINDS.map((kind) => FaultedServer.start(kind, folder)));
    onTestFinished(async () => void (await Promise.all(servers.map((server) => server.close()))));
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    const daemon = new Daemon(planOf(servers, fake), { onStatus: () => {} });
    onTestFinished(async () => {
      daemon.force();
      await daemon.stop();
    });
    daemon.start();

    const ledger = new Ledger();
    const callers = new Map<string, Caller>();
    for (let at = 0; at < KINDS.length + 1; at++) {
      const connection = await fake.connection(at);
      const name = /a-token-of-(.+)$/.exec(connection.url)![1]!;
      await connection.greet();
      await connection.call(1, 'tools/list');
      const isMux = name === 'the-mux';
      callers.set(
        name,
        new Caller(name, connection, ledger, (server, tool) => (isMux ? `${server}__${tool}` : tool)),
      );
    }

    const random = seeded(Number(REMOTE_SEED));
    const until = performance.now() + RUN_MS;
    let isOver = false;
    const calling = [...callers].map(async ([name, caller]) => {
      for (let turn = 0; !isOver; turn++) {
        const server = name === 'the-mux' ? KINDS[turn % KINDS.length]! : (name as RemoteFixture);
        if (caller.open.length < MOST_OPEN) caller.call(server, random);
        await delay(CALL_EVERY_MS);
      }
    });

    const usableAfter = new Map<string, number[]>();
    const deeds = Object.entries(DEEDS).filter(([name]) => name.includes(REMOTE_ONLY ?? ''));
    const failing = servers.map(async (server, at) => {
      const own = seeded(Number(REMOTE_SEED) * 100 + at);
      const caller = callers.get(server.kind)!;
      while (performance.now() < until) {
        await delay(500 + 2_000 * own());
        const [name, deed] = deeds[Math.floor(own() * deeds.length)]!;
        await deed(server, own);
        const healedAt = performance.now();
        const isUsable = () => (caller.usedAt.get(server.kind) ?? 0) >= healedAt;
        while (!isUsable() && performance.now() < healedAt + USABLE_WITHIN_MS) await delay(10);
        if (!isUsable()) {
          ledger.faults.push(`${server.kind} was not usable ${USABLE_WITHIN_MS} ms after: ${name}`);
          return;
        }
        const times = usableAfter.get(name) ?? [];
        usableAfter.set(name, [...times, performance.now() - healedAt]);
      }
    });
    await Promise.all(failing);
    isOver = true;
    await Promise.all(calling);

    const open = () => [...callers.values()].flatMap((caller) => caller.open);
    const waited = performance.now() + ANSWERED_WITHIN_MS;
    while (open().length > 0 && performance.now() < waited) await delay(50);

    const lost = open().map(({ tag, server, isSafe }) => ({ tag, server, isSafe }));
    const twice = servers.flatMap((server) =>
      [...server.carriedOut()].filter(([tag, times]) => {
        const { isSafe } = ledger.calls.get(tag)!;
        return times > (isSafe && RETRIES.has(server.kind) ? 2 : 1);
      }),
    );
    print(ledger, usableAfter, { lost: lost.length, twice: twice.length });
    expect({ lost, twice, faults: ledger.faults.slice(0, 20) }).toEqual({ lost: [], twice: [], faults: [] });
    expect([...callers.values()].filter(({ isLost }) => isLost).map(({ name }) => name)).toEqual([]);
    expect(ledger.answered).toBe(ledger.calls.size);
  },
  RUN_MS + 180_000,
);

function print(
  ledger: Ledger,
  usableAfter: Map<string, number[]>,
  found: { lost: number; twice: number },
): void {
  const errors = [...ledger.errors].map(([code, count]) => `${code}: ${count}`).join(', ');
  const lines = [...usableAfter]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, times]) => {
      const sorted = times.sort((one, other) => one - other);
      const median = sorted[Math.floor(sorted.length / 2)]!;
      return `${name.padEnd(32)}${String(sorted.length).padStart(4)}  median ${Math.round(median)} ms, max ${Math.round(sorted.at(-1)!)} ms`;
    });
  process.stderr.write(
    `${[
      `${ledger.calls.size} calls, ${ledger.answered} answered, of them with an error of mcp-pipe: ${errors || 'none'}`,
      `lost ${found.lost}, wrong ${ledger.faults.length}, carried out too often ${found.twice}; the slowest answer took ${Math.round(ledger.slowestMs)} ms`,
      'time to usable after the end of each fault:',
      ...lines,
    ].join('\n')}\n`,
  );
}

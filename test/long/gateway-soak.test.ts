import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { descendants, isAlive } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { fixture } from '../helpers/link.js';
import { type RawClient, rawClient, type Way } from '../helpers/raw-clients.js';
import type { RawMessage } from '../helpers/raw-http-session.js';
import { rssBytes } from '../helpers/rss.js';

const RUN_MS = 40_000;
const CLIENTS = 100;
const KILL_EVERY_MS = 2_000;
/** A call that has no answer after this long is lost. */
const LOST_MS = 40_000;
const WAYS: readonly Way[] = ['http', 'modern', 'sse', 'ws'];
const SERVERS = ['shared', 'by key', 'own'] as const;
const KEYS = { lan: 'key-of-lan-0123456789', minh: 'key-of-minh-0123456789' };
const SECRET = /secret-(\d+)-[0-9a-f-]{36}/g;

interface Figures {
  answered: Record<Way, number>;
  /** By code; of calls whose connection has ended, `cut`. */
  errors: Record<string, number>;
  lost: string[];
  wrong: string[];
  crossed: string[];
  left: number;
  opened: number;
  killed: number;
  /** Streams that were cut and asked for again. */
  resumed: number;
  tookMs: number[];
}

test(`${CLIENTS} clients of every kind for ${RUN_MS / 1000} s, while servers are killed: nothing is lost or crossed`, {
  timeout: RUN_MS + 240_000,
}, async () => {
  const entry = (share: string) => program(fixture('delayed.mjs'), [], { share });
  const { cli, origin } = await gatewayProgram({
    mcpServers: { shared: entry('server'), 'by key': entry('key'), own: entry('session') },
    // Of clients that have vanished, processes are given back soon; the others are never idle for so long.
    gateway: { keys: KEYS, sessionIdle: '10s' },
    settings: { maxInstancesOfServer: 100 },
  });
  const figures: Figures = {
    answered: { http: 0, modern: 0, sse: 0, ws: 0 },
    ...{
      errors: {},
      lost: [],
      wrong: [],
      crossed: [],
      left: 0,
      opened: 0,
      killed: 0,
      resumed: 0,
      tookMs: [],
    },
  };
  const until = performance.now() + RUN_MS;
  const killing = kill(cli.pid, until, figures);
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => clientLife(i, origin, until, figures)));
  await killing;
  const rssMiB = Math.round(rssBytes(cli) / 1024 / 1024);
  report(figures, rssMiB);
  expect(isAlive(cli.pid)).toBe(true);
  expect(figures.lost).toEqual([]);
  expect(figures.wrong).toEqual([]);
  expect(figures.crossed).toEqual([]);
  for (const way of WAYS) expect(figures.answered[way], way).toBeGreaterThan(100);
  expect(figures.killed).toBeGreaterThan(5);
  expect(figures.resumed).toBeGreaterThan(0);
  const processes = descendants(cli.pid);
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
  await eventually(() => processes.every((pid) => !isAlive(pid)), { what: 'the end of all servers' });
});

/** One client after another with the same number, each for some calls; some leave in the midst of one. */
async function clientLife(number: number, origin: string, until: number, figures: Figures): Promise<void> {
  const way = WAYS[number % WAYS.length]!;
  const server = SERVERS[Math.floor(number / WAYS.length) % SERVERS.length]!;
  const key = Object.values(KEYS)[number % 3 === 0 ? 0 : 1]!;
  // Whatever comes to a client is looked through for what belongs to another one.
  const onMessage = (message: RawMessage) => {
    for (const [secret, owner] of JSON.stringify(message).matchAll(SECRET))
      if (Number(owner) !== number) figures.crossed.push(`client ${number} (${way}) got ${secret}`);
  };
  while (performance.now() < until) {
    const headers = { authorization: `Bearer ${key}` };
    const client = rawClient(way, origin, server, { headers, onMessage, endsWithTest: false });
    try {
      await client.open();
      figures.opened += 1;
      await callsOf(client, number, way, until, figures);
    } catch (error) {
      count(figures, `open: ${codeOf(error)}`);
      await delay(50);
    } finally {
      figures.resumed += client.resumed;
      client.vanish();
    }
  }
}

async function callsOf(client: RawClient, number: number, way: Way, until: number, figures: Figures) {
  const calls = 5 + Math.floor(Math.random() * 100);
  for (let i = 0; i < calls && performance.now() < until; i++) {
    const secrets = Array.from({ length: 1 + (i % 3) }, () => `secret-${number}-${randomUUID()}`);
    const leaving = new AbortController();
    const pending = secrets.map((secret) => oneCall(client, secret, way, figures, leaving.signal));
    if (Math.random() < 0.01) {
      figures.left += pending.length;
      leaving.abort();
      return;
    }
    const went = await Promise.all(pending);
    if (went.includes('cut')) return;
    await delay(Math.random() * 20);
  }
}

/** Resolves with `cut` when the client's connection or session has ended: it has to begin again. */
async function oneCall(
  client: RawClient,
  secret: string,
  way: Way,
  figures: Figures,
  left: AbortSignal,
): Promise<'ok' | 'cut'> {
  const startedAt = performance.now();
  const progressToken = secret;
  const params = {
    name: 'delayed',
    arguments: { text: secret, ms: Math.floor(Math.random() * 60) },
    ...(Math.random() < 0.5 ? { _meta: { progressToken } } : {}),
  };
  const resumes = way === 'http' && Math.random() < 0.1;
  const tooLate = new AbortController();
  const lost = delay(LOST_MS, 'lost' as const, { signal: tooLate.signal }).catch(() => 'lost' as const);
  try {
    const answer = await Promise.race([client.ask('tools/call', params, { resumes }), lost]);
    if (answer === 'lost') {
      figures.lost.push(`${way}: ${secret}`);
      return 'cut';
    }
    if (answer.error) {
      count(figures, String(answer.error.code));
      // The session is not known any more, or the gateway is not there.
      return answer.error.code >= 400 && answer.error.code < 600 ? 'cut' : 'ok';
    }
    if (answer.result?.content?.[0]?.text !== secret) figures.wrong.push(`${way}: ${JSON.stringify(answer)}`);
    figures.answered[way] += 1;
    figures.tookMs.push(performance.now() - startedAt);
    return 'ok';
  } catch (error) {
    if (!left.aborted) count(figures, codeOf(error));
    return 'cut';
  } finally {
    tooLate.abort();
  }
}

/** Ends one server after the other, without a word. */
async function kill(gateway: number, until: number, figures: Figures): Promise<void> {
  while (performance.now() < until) {
    await delay(KILL_EVERY_MS);
    const servers = descendants(gateway);
    const pid = servers[Math.floor(Math.random() * servers.length)];
    if (pid === undefined) continue;
    try {
      process.kill(pid, 'SIGKILL');
      figures.killed += 1;
    } catch {
      // It has ended by itself.
    }
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

function count({ errors }: Figures, what: string): void {
  errors[what] = (errors[what] ?? 0) + 1;
}

function report(figures: Figures, rssMiB: number): void {
  const { answered, errors, lost, wrong, crossed, tookMs, ...rest } = figures;
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => Math.round(tookMs[Math.floor(tookMs.length * share)] ?? 0);
  const faults = { lost: lost.length, wrong: wrong.length, crossed: crossed.length };
  const text = { answered, errors, ...faults, ...rest, p50Ms: at(0.5), p99Ms: at(0.99), rssMiB };
  process.stderr.write(`soak of the gateway: ${JSON.stringify(text)}\n`);
}

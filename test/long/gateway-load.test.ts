import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { ask } from '../helpers/http-server.js';
import { fixture } from '../helpers/link.js';
import { type RawClient, rawClient, type Way } from '../helpers/raw-clients.js';
import type { RawMessage } from '../helpers/raw-http-session.js';

const RUN_MS = 60_000;
const CLIENTS = 200;
const SESSIONS = 100;
const WAYS: readonly Way[] = ['http', 'modern', 'sse', 'ws'];
const NAMES = ['an', 'binh', 'chi', 'dung', 'giang', 'hoa', 'khanh', 'lan'];
const SECRET = /secret-([a-z]+)-(\d+)-[0-9a-f-]{36}/g;
const UI_KEY = 'page-key-0123456789abcdef0123456789';

const keyOf = (name: string) => `key-of-${name}-0123456789abcdef0123456789`;
const nameOf = (number: number) => NAMES[number % NAMES.length]!;

/** Keys with grants, rules for tools, checked arguments and the audit log; no limits of calls. */
async function guardedGateway() {
  const audit = join(await folder(), 'audit.jsonl');
  const entry = (share: string) => ({
    ...program(fixture('delayed.mjs'), [], { share }),
    ...{ tools: { deny: ['never_*'] }, checkArguments: true, calls: { timeout: '60s' } },
  });
  const keys = NAMES.map((name) => [
    name,
    { key: keyOf(name), servers: ['shared', 'by key'], tools: ['delayed'] },
  ]);
  const config = {
    mcpServers: { shared: entry('server'), 'by key': entry('key') },
    gateway: { keys: Object.fromEntries(keys) },
    audit: { file: audit },
    ui: { address: '127.0.0.1:0', key: UI_KEY },
  };
  const { cli, cwd, origin } = await gatewayProgram(config);
  const { url } = await cli.event('ui-address');
  return { cli, cwd, origin, audit, page: new URL(url as string).origin };
}
type World = Awaited<ReturnType<typeof guardedGateway>>;

interface Figures {
  answered: Record<Way, number>;
  wrong: string[];
  crossed: string[];
  tookMs: number[];
}

const newFigures = (): Figures => ({
  ...{ answered: { http: 0, modern: 0, sse: 0, ws: 0 }, wrong: [], crossed: [], tookMs: [] },
});

/** A client that looks for what belongs to others in everything that it gets. */
function watching(number: number, origin: string, figures: Figures) {
  const way = WAYS[number % WAYS.length]!;
  // Each key has clients of every way.
  const name = nameOf(Math.floor(number / WAYS.length));
  const server = Math.floor(number / WAYS.length / NAMES.length) % 2 === 0 ? 'shared' : 'by key';
  const onMessage = (message: RawMessage) => {
    for (const [secret, owner, of] of JSON.stringify(message).matchAll(SECRET))
      if (owner !== name || Number(of) !== number)
        figures.crossed.push(`client ${number} of ${name} (${way}) got ${secret}`);
  };
  const headers = { authorization: `Bearer ${keyOf(name)}` };
  const client = rawClient(way, origin, server, { headers, onMessage });
  return { client, way, secret: () => `secret-${name}-${number}-${randomUUID()}` };
}

async function oneCall(
  client: RawClient,
  secret: string,
  ms: number,
  way: Way,
  figures: Figures,
): Promise<void> {
  const startedAt = performance.now();
  const params = { name: 'delayed', arguments: { text: secret, ms }, _meta: { progressToken: secret } };
  const answer = await client
    .ask('tools/call', params)
    .catch((error: Error) => ({ error: { message: error.message } }) as RawMessage);
  figures.tookMs.push(performance.now() - startedAt);
  if (answer.result?.content?.[0]?.text === secret) figures.answered[way] += 1;
  else figures.wrong.push(`${way}: ${JSON.stringify(answer).slice(0, 300)}`);
}

/** What mcp-pipe says anywhere: files, log, page, metrics, commands. */
async function outputs({ cli, cwd, origin, page, audit }: World): Promise<Record<string, string>> {
  const read = async (url: string, headers: Record<string, string> = {}) => {
    const reply = await ask(url, 'GET', headers);
    if (!String(reply.headers['content-type']).startsWith('text/event-stream')) await reply.ended();
    else await eventually(() => reply.text.length > 500 || undefined, { what: 'the feed' });
    reply.drop();
    expect([url, reply.status]).toEqual([url, 200]);
    return JSON.stringify(reply.headers) + reply.text;
  };
  const own = { authorization: `Bearer ${keyOf('an')}` };
  const status = new Cli(['status', '--json'], { cwd });
  await status.exited;
  const files = await Promise.all(
    (await readdir(join(audit, '..'))).map((name) => readFile(join(audit, '..', name), 'utf8')),
  );
  return {
    log: cli.stderr + cli.stdout,
    audit: files.join(''),
    status: status.stdout,
    'status page': await read(`${origin}/status`, own),
    health: await read(`${origin}/health`, own),
    index: await read(`${origin}/`, own),
    openapi: await read(`${origin}/openapi.json`, own),
    metrics: await read(`${page}/metrics`, { authorization: `Bearer ${UI_KEY}` }),
    feed: await read(`${page}/ui/feed`, { authorization: `Bearer ${UI_KEY}`, accept: 'text/event-stream' }),
  };
}

async function expectNoSecrets(world: World): Promise<void> {
  const all = await outputs(world);
  expect(all.audit).toContain('"tool":"delayed"');
  for (const [where, text] of Object.entries(all)) {
    expect([where, text.length > 0]).toEqual([where, true]);
    expect([where, text.match(SECRET)?.slice(0, 3)]).toEqual([where, undefined]);
    for (const key of [...NAMES.map(keyOf), UI_KEY])
      expect([where, text.includes(key)]).toEqual([where, false]);
  }
}

test(`${CLIENTS} clients of every kind and key for ${RUN_MS / 1000} s: nothing is wrong or crossed, and no secret is said`, {
  timeout: RUN_MS + 240_000,
}, async () => {
  const world = await guardedGateway();
  const figures = newFigures();
  const clients = Array.from({ length: CLIENTS }, (_, number) => watching(number, world.origin, figures));
  await Promise.all(clients.map(({ client }) => client.open()));
  figures.tookMs.length = 0;
  const until = performance.now() + RUN_MS;
  await Promise.all(
    clients.map(async ({ client, way, secret }) => {
      while (performance.now() < until) await oneCall(client, secret(), Math.random() * 50, way, figures);
    }),
  );
  const { answered, wrong, crossed, tookMs } = figures;
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => Math.round(tookMs[Math.floor(tookMs.length * share)] ?? 0);
  const text = {
    answered,
    wrong: wrong.length,
    crossed: crossed.length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
  };
  process.stderr.write(`load of the gateway: ${JSON.stringify(text)}\n`);
  expect(wrong).toEqual([]);
  expect(crossed).toEqual([]);
  for (const way of WAYS) expect(answered[way], way).toBeGreaterThan(500);
  await expectNoSecrets(world);
});

test(`${SESSIONS} sessions at a time with secrets of their own in every result: no client sees one of another`, {
  timeout: 120_000,
}, async () => {
  const world = await guardedGateway();
  const figures = newFigures();
  const clients = Array.from({ length: SESSIONS }, (_, number) => watching(number, world.origin, figures));
  await Promise.all(clients.map(({ client }) => client.open()));
  // All calls of all sessions at once: answers of many keys are on their way together.
  await Promise.all(
    clients.flatMap(({ client, way, secret }) =>
      Array.from({ length: 20 }, (_, i) => oneCall(client, secret(), (i * 37) % 200, way, figures)),
    ),
  );
  expect(figures.wrong).toEqual([]);
  expect(figures.crossed).toEqual([]);
  expect(figures.tookMs).toHaveLength(SESSIONS * 20);
  await expectNoSecrets(world);
});

import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/helpers/free-port.js';
import { latency, load } from './load.js';
import type { LoadConnection } from './load-connection.js';
import { dialled, type LoadEndpoint } from './load-endpoint.js';
import { median } from './median.js';
import { Running, type Subject, token, writeConfig } from './subjects.js';

/** What one measurement needs. */
export interface Bench {
  endpoint: LoadEndpoint;
  /** Command line of the MCP server that every link runs. */
  child: readonly string[];
  /** The server that it reaches instead. */
  remoteUrl?: string;
  /** For files of the bench; it is removed with all that is in it. */
  folder: string;
  /** Where configuration files go. */
  configPath: string;
  /** Shortens every measurement; for trying the bench itself. */
  quick: boolean;
  /** Told of each stretch in which a row is measured; for profiles. */
  onStretch?: (stretch: Stretch) => void;
}

/** While rows that begin like this were measured. */
export interface Stretch {
  row: string;
  /** Of the clock that `process.hrtime` reads, microseconds. */
  fromUs: number;
  toUs: number;
  /** Processor time of the subject, and the part of it that it spent in the kernel. */
  cpuMs: number;
  kernelMs: number;
}

/** Row name to value; a row that could not be measured is left out. */
export type Values = Record<string, number>;

const BIG = 1024 * 1024;
const BIG_MB = BIG / 1e6;

/** Longer, and it never will. */
const UP_MS = 120_000;

interface Links {
  running: Running;
  connections: LoadConnection[];
  /** From the start of the process to the first answer on every link, milliseconds. */
  upMs: number;
}

/** Starts a subject with that many links, and has each answer once. */
export async function up(
  bench: Bench,
  subject: Subject,
  links: number,
  settings: Record<string, number> = {},
): Promise<Links> {
  const { endpoint, child, remoteUrl, configPath } = bench;
  const { mode, entry, tool, listensAt } = subject;
  const listens = listensAt !== undefined && `ws://127.0.0.1:${await freePort()}${listensAt}`;
  const url = (i: number) => listens || endpoint.url(token(i));
  await writeConfig(configPath, { child, remoteUrl, servers: links, url, mode, settings, entry });
  const startedAt = performance.now();
  const running = new Running(subject, configPath, url(0));
  const all = Promise.all(
    Array.from({ length: links }, async (_, i) => {
      const connection = await (listens ? dialled(listens) : endpoint.connection(token(i)));
      if (tool !== undefined) connection.tools = [tool];
      await connection.greet();
      await connection.ask();
      return connection;
    }),
  );
  const over = new AbortController();
  const tooLate = delay(UP_MS, undefined, { signal: over.signal }).catch(() => undefined);
  const connections = await Promise.race([all, tooLate]);
  over.abort();
  if (connections) return { running, connections, upMs: performance.now() - startedAt };
  await running.stop();
  throw new Error(`${subject.name} did not answer on ${links} links within ${UP_MS / 1000} s`);
}

/** Ends what `up` has started. */
export async function down({ running, connections }: Links): Promise<void> {
  await running.stop();
  for (const connection of connections) connection.destroy();
}

/** Programs that have run for long enough to keep what they keep for the next start, each with what runs it. */
const haveRun = new Set<string>();

/** A program is not measured at its first start after it was built, but at the ones that follow. */
async function runOnce(bench: Bench, subject: Subject): Promise<void> {
  const links = await up(bench, subject, 1);
  const program = `${subject.command(bench.configPath)[0]} ${subject.name}`;
  if (!haveRun.has(program)) await delay(bench.quick ? 300 : 3_000);
  haveRun.add(program);
  await down(links);
}

/** From the start of the process to the first answer: the median of a few starts, for single ones vary a lot. */
export async function coldStart(bench: Bench, subject: Subject): Promise<Values> {
  await runOnce(bench, subject);
  const times: number[] = [];
  for (let i = 0; i < (bench.quick ? 3 : 7); i++) {
    const links = await up(bench, subject, 1);
    times.push(links.upMs);
    await down(links);
  }
  return { 'cold start to the first answer, ms': median(times) };
}

/** Rows of a single link. */
export async function oneLink(bench: Bench, subject: Subject): Promise<Values> {
  const links = await up(bench, subject, 1);
  const { running, connections } = links;
  const connection = connections[0]!;
  const values = await latency(bench, running, connection);
  const many = await load(bench, running, connections, 64, '', 1);
  values['64 in flight, msg/s'] = many.perSecond;
  values['64 in flight, CPU µs per message'] = many.cpuUs;
  values['RSS after load, MiB'] = running.rssMiB();
  await down(links);
  return values;
}

/** Rows of large messages: as installed, and with the masking of either kind on both sides. */
export async function bigMessages(bench: Bench, subject: Subject): Promise<Values> {
  const asInstalled = await bigOf(bench, subject);
  const values = {
    '1 MiB results, MB/s': asInstalled.results.perSecond * BIG_MB,
    '1 MiB results, CPU µs per message': asInstalled.results.cpuUs,
    '1 MiB requests, MB/s': asInstalled.requests.perSecond * BIG_MB,
  };
  const { withBufferutil, withoutBufferutil } = subject;
  if (!withBufferutil && !withoutBufferutil) return values;
  // One of the two is what is installed.
  const as = async (variant?: Partial<Subject>) =>
    (variant ? await bigOf(bench, { ...subject, ...variant }) : asInstalled).results.perSecond * BIG_MB;
  return {
    ...values,
    '1 MiB results, nobody with bufferutil, MB/s': await as(withoutBufferutil),
    '1 MiB results, everybody with bufferutil, MB/s': await as(withBufferutil),
  };
}

/** Of large messages, the rows of those that the server sends. */
export async function bigResults(bench: Bench, subject: Subject): Promise<Values> {
  const { results } = await bigOf(bench, subject);
  return {
    '1 MiB results, MB/s': results.perSecond * BIG_MB,
    '1 MiB results, CPU µs per message': results.cpuUs,
  };
}

async function bigOf(bench: Bench, subject: Subject) {
  const links = await up(bench, subject, 1);
  const { running, connections } = links;
  const results = await load(bench, running, connections, 4, `"size":${BIG}`, 1, '1 MiB results');
  const text = `"text":"${'x'.repeat(BIG)}"`;
  const requests = await load(bench, running, connections, 4, text, 1, '1 MiB requests');
  await down(links);
  return { results, requests };
}

const SHARED_SERVERS = 50;

/** Many servers: behind one token each, or all behind one where the subject can do that. */
export async function manyServers(bench: Bench, subject: Subject): Promise<Values> {
  const { endpoint, child, configPath } = bench;
  const name = (what: string) => `${SHARED_SERVERS} servers, ${what}`;
  const isShared = subject.mode === 'mux';
  const url = (i: number) => endpoint.url(token(isShared ? 0 : i));
  const { mode } = subject;
  await writeConfig(configPath, { child, servers: SHARED_SERVERS, url, mode, ownTools: true });
  const startedAt = performance.now();
  const running = new Running(subject, configPath, url(0));
  const all = Array.from({ length: SHARED_SERVERS }, (_, i) => `t${i}`);
  const connections = await Promise.all(
    (isShared ? [all] : all.map((tool) => [tool])).map(async (tools, i) => {
      const connection = await endpoint.connection(token(i));
      connection.tools = tools;
      await connection.greet();
      for (const _ of tools) await connection.ask();
      return connection;
    }),
  );
  const upMs = performance.now() - startedAt;
  await delay(bench.quick ? 300 : 1_500);
  const idle = running.rssMiB();
  const inFlight = (8 * SHARED_SERVERS) / connections.length;
  const { perSecond, cpuUs } = await load(bench, running, connections, inFlight, '', 1, name('msg/s'));
  await down({ running, connections, upMs });
  return {
    [name('all answered after, ms')]: upMs,
    [name('idle RSS, MiB')]: idle,
    [name('msg/s')]: perSecond,
    [name('CPU µs per message')]: cpuUs,
  };
}

export function linksRow(count: number, what: string): string {
  return `${count} ${count === 1 ? 'link' : 'links'}, ${what}`;
}

/** Rows of `countCall` links in one process. */
export async function manyLinks(bench: Bench, subject: Subject, count: number): Promise<Values> {
  if (subject.mostLinks !== undefined && count > subject.mostLinks) return {};
  const links = await up(bench, subject, count);
  const { running, connections } = links;
  const name = (what: string) => linksRow(count, what);
  await delay(bench.quick ? 300 : 1_500);
  const idle = { rss: running.rssMiB(), pss: running.pssMiB() };
  const { perSecond, cpuUs } = await load(bench, running, connections, 8, '', 1, name('msg/s'));
  const loaded = running.rssMiB();
  await down(links);
  return {
    [name('all answered after, ms')]: links.upMs,
    [name('idle RSS, MiB')]: idle.rss,
    [name('idle PSS, MiB')]: idle.pss,
    [name('loaded RSS, MiB')]: loaded,
    [name('msg/s')]: perSecond,
    [name('CPU µs per message')]: cpuUs,
  };
}

/** Whether it is not the one that dials again. */
function neverBack({ dialsOnce = false, listensAt }: Subject): boolean {
  return dialsOnce || listensAt !== undefined;
}

/** How soon a link is back after each of three closes with 4004, milliseconds. */
export async function after4004(bench: Bench, subject: Subject): Promise<Values> {
  const { endpoint } = bench;
  if (neverBack(subject)) return {};
  const links = await up(bench, subject, 1);
  let connection = links.connections[0]!;
  const values: Values = {};
  for (const which of ['first', 'second', 'third']) {
    const closedAt = performance.now();
    connection.close(4004);
    connection.closed = true;
    connection = await endpoint.connection(token(0));
    await connection.greet();
    await connection.ask();
    values[`back after the ${which} 4004, ms`] = performance.now() - closedAt;
  }
  await down({ ...links, connections: [connection] });
  return values;
}

const LEAKING_LINKS = 50;

/** What many reconnects, and many restarts of servers, leave behind. The first times count as warming up. */
export async function leaks(bench: Bench, subject: Subject): Promise<Values> {
  if (neverBack(subject) || LEAKING_LINKS > (subject.mostLinks ?? LEAKING_LINKS)) return {};
  const links = await up(bench, subject, LEAKING_LINKS, { minDelayMs: 50, maxDelayMs: 200 });
  const times = bench.quick ? 1 : 6;
  const values: Values = {};
  const kinds = { reconnects: () => reconnect(bench, links), restarts: () => restart(links) };
  for (const [what, once] of Object.entries(kinds)) {
    await once();
    const before = { rss: links.running.rssMiB(), descriptors: links.running.descriptors() };
    for (let i = 0; i < times; i++) await once();
    const count = `${times * LEAKING_LINKS} ${what}`;
    values[`${count}, RSS after / before`] = links.running.rssMiB() / before.rss;
    values[`${count}, descriptors after / before`] = links.running.descriptors() / before.descriptors;
  }
  await down(links);
  return values;
}

/** Every connection is closed, and has come back. */
async function reconnect({ endpoint }: Bench, links: Links): Promise<void> {
  links.connections = await Promise.all(
    links.connections.map(async (connection, i) => {
      connection.close(1001);
      connection.closed = true;
      const next = await endpoint.connection(token(i));
      await next.greet();
      await next.ask();
      return next;
    }),
  );
}

/** Every server has ended, and answers again. */
async function restart({ connections }: Links): Promise<void> {
  await Promise.all(
    connections.map(async (connection) => {
      connection.request(1, '"exit":true');
      // The refusal of that request, from a program that gives one, is not what is waited for.
      await delay(100);
      await connection.insist();
    }),
  );
  await delay(500);
}

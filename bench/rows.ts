import { setTimeout as delay } from 'node:timers/promises';
import type { LoadConnection, LoadEndpoint } from './load-endpoint.js';
import { Running, type Subject, token, writeConfig } from './subjects.js';

/** What one measurement needs. */
export interface Bench {
  endpoint: LoadEndpoint;
  /** Command line of the MCP server that every link runs. */
  child: readonly string[];
  /** Where configuration files go. */
  configPath: string;
  /** Shortens every measurement; for trying the bench itself. */
  quick: boolean;
}

/** Row name to value; a row that could not be measured is left out. */
export type Values = Record<string, number>;

const BIG = 1024 * 1024;

interface Links {
  running: Running;
  connections: LoadConnection[];
  /** From the start of the process to the first answer on every link, milliseconds. */
  upMs: number;
}

async function up(bench: Bench, subject: Subject, links: number): Promise<Links> {
  const { endpoint, child, configPath } = bench;
  await writeConfig(configPath, links, child, (name) => endpoint.url(name));
  const startedAt = performance.now();
  const running = new Running(subject, configPath, endpoint.url(token(0)));
  const connections = await Promise.all(
    Array.from({ length: links }, async (_, i) => {
      const connection = await endpoint.connection(token(i));
      await connection.greet();
      await connection.ask();
      return connection;
    }),
  );
  return { running, connections, upMs: performance.now() - startedAt };
}

async function down({ running, connections }: Links): Promise<void> {
  await running.stop();
  for (const connection of connections) connection.destroy();
}

/** Rows of a single link. */
export async function oneLink(bench: Bench, subject: Subject): Promise<Values> {
  const links = await up(bench, subject, 1);
  const { running, connections } = links;
  const connection = connections[0]!;
  const values: Values = { 'cold start to the first answer, ms': links.upMs };
  Object.assign(values, await latency(bench, connection));
  const many = await load(bench, running, connections, 64, '', 1);
  values['64 in flight, msg/s'] = many.perSecond;
  values['64 in flight, CPU µs per message'] = many.cpuUs;
  const results = await load(bench, running, connections, 4, `"size":${BIG}`, 1);
  values['1 MiB results, MB/s'] = (results.perSecond * BIG) / 1e6;
  values['1 MiB results, CPU µs per message'] = results.cpuUs;
  const requests = await load(bench, running, connections, 4, `"text":"${'x'.repeat(BIG)}"`, 1);
  values['1 MiB requests, MB/s'] = (requests.perSecond * BIG) / 1e6;
  values['RSS after load, MiB'] = running.rssMiB();
  await down(links);
  return values;
}

async function latency(bench: Bench, connection: LoadConnection): Promise<Values> {
  const times: number[] = [];
  const pings = bench.quick ? 500 : 4_000;
  for (let i = -pings / 4; i < pings; i++) {
    const at = performance.now();
    await connection.ask();
    if (i >= 0) times.push((performance.now() - at) * 1000);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!;
  return { 'one in flight, p50 µs': at(0.5), 'one in flight, p99 µs': at(0.99) };
}

/** Keeps `inFlight` requests running on every connection for a while. */
async function load(
  bench: Bench,
  running: Running,
  connections: readonly LoadConnection[],
  inFlight: number,
  params: string,
  seconds: number,
) {
  let answered = 0;
  let stopping = false;
  const finished = connections.map((connection) => {
    let open = inFlight;
    return new Promise<void>((resolve) => {
      connection.onReceived = (messages) => {
        answered += messages;
        open -= messages;
        if (!stopping && messages > 0) {
          open += messages;
          connection.request(messages, params);
        } else if (open === 0) resolve();
      };
      connection.request(inFlight, params);
    });
  });
  const measureMs = seconds * (bench.quick ? 300 : 1_500);
  await delay(measureMs / 4);
  const from = { answered, cpuMs: running.cpuMs(), at: performance.now() };
  await delay(measureMs);
  const messages = answered - from.answered;
  const cpuMs = running.cpuMs() - from.cpuMs;
  const elapsedMs = performance.now() - from.at;
  stopping = true;
  await Promise.all(finished);
  for (const connection of connections) connection.onReceived = () => {};
  return { perSecond: (messages / elapsedMs) * 1000, cpuUs: (cpuMs * 1000) / messages };
}

/** Rows of `count` links in one process. */
export async function manyLinks(bench: Bench, subject: Subject, count: number): Promise<Values> {
  const links = await up(bench, subject, count);
  const { running, connections } = links;
  const name = (what: string) => `${count} ${count === 1 ? 'link' : 'links'}, ${what}`;
  await delay(bench.quick ? 300 : 1_500);
  const idle = running.rssMiB();
  const { perSecond, cpuUs } = await load(bench, running, connections, 8, '', 1);
  await down(links);
  return {
    [name('all answered after, ms')]: links.upMs,
    [name('idle RSS, MiB')]: idle,
    [name('msg/s')]: perSecond,
    [name('CPU µs per message')]: cpuUs,
  };
}

/** How soon a link is back after each of three closes with 4004, milliseconds. */
export async function after4004(bench: Bench, subject: Subject): Promise<Values> {
  const { endpoint } = bench;
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

import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewaySubject } from './gateway-subjects.js';
import { HttpLoadSession } from './http-load.js';
import { begun } from './load.js';
import type { Step } from './measure.js';
import { median } from './median.js';
import type { Bench, Values } from './rows.js';
import { Running } from './subjects.js';

const MIB = 1024 * 1024;
const PARALLEL = 50;
const IDLE_SESSIONS = 100;
/** A start that takes longer is none. */
const START_MS = 60_000;
/** What no answer takes: Python imports on a machine that is busy do not either. */
const ANSWER_MS = 60_000;

interface Served {
  running: Running;
  url: string;
  session: HttpLoadSession;
  /** From the start of the process to the first answer, milliseconds. */
  upMs: number;
}

/** Rows of a gateway with one server. */
export function gatewaySteps(bench: Bench): Step[] {
  const kinds: [row: string, measure: (bench: Bench, subject: GatewaySubject) => Promise<Values>][] = [
    ['start', starts],
    ['one call', calls],
    ['1 MiB', bigResults(1)],
    ['20 MiB', bigResults(20)],
    [`${IDLE_SESSIONS} idle`, idleSessions],
  ];
  return kinds.map(([row, measure]) => ({
    rows: row === 'one call' ? [row, `${PARALLEL} calls`, 'RSS after load'] : [row],
    measure: (subject) => measure(bench, subject as GatewaySubject),
  }));
}

async function starts(bench: Bench, subject: GatewaySubject): Promise<Values> {
  const times: number[] = [];
  for (let i = 0; i < (bench.quick ? 2 : 5); i++) {
    times.push(await serving(bench, subject, async ({ upMs }) => upMs));
  }
  return { 'start to the first answer, ms': median(times) };
}

export async function calls(bench: Bench, subject: GatewaySubject): Promise<Values> {
  return serving(bench, subject, async (served) => {
    const one = await measure(bench, served, 1, 0, 'one call');
    const many = await measure(bench, served, PARALLEL, 0, `${PARALLEL} calls`);
    return {
      'one call at a time, p50 µs': one.p50Ms * 1000,
      'one call at a time, CPU µs per call': one.cpuMs * 1000,
      [`${PARALLEL} calls at a time, calls/s`]: many.perSecond,
      [`${PARALLEL} calls at a time, CPU µs per call`]: many.cpuMs * 1000,
      'RSS after load, MiB': served.running.rssMiB(),
    };
  });
}

function bigResults(mib: number) {
  const row = (what: string) => `${mib} MiB results, ${what}`;
  return (bench: Bench, subject: GatewaySubject): Promise<Values> =>
    serving(bench, subject, async (served) => {
      const { p50Ms, cpuMs } = await measure(bench, served, 1, mib * MIB, `${mib} MiB`);
      const rssMiB = served.running.rssMiB();
      return { [row('p50 ms')]: p50Ms, [row('CPU ms per call')]: cpuMs, [row('RSS after, MiB')]: rssMiB };
    });
}

/** Sessions that have called once and listen, as those of applications that are open. */
async function idleSessions(bench: Bench, subject: GatewaySubject): Promise<Values> {
  return serving(bench, subject, async ({ running, url }) => {
    const sessions = Array.from({ length: IDLE_SESSIONS }, () => new HttpLoadSession(url));
    try {
      for (const session of sessions) {
        await session.open();
        await session.listen();
        await session.call();
      }
      await delay(bench.quick ? 300 : 1_500);
      const row = (what: string) => `${IDLE_SESSIONS} idle sessions, ${what}`;
      return {
        [row('RSS MiB')]: running.rssMiB(),
        [row('RSS with servers, MiB')]: running.treeRssMiB(),
        [row('processes of servers')]: running.children(),
      };
    } finally {
      for (const session of sessions) session.close();
    }
  });
}

async function serving<T>(
  bench: Bench,
  subject: GatewaySubject,
  use: (served: Served) => Promise<T>,
): Promise<T> {
  const served = await serve(bench, subject);
  try {
    return await use(served);
  } finally {
    served.session.close();
    await served.running.stop();
  }
}

async function serve(bench: Bench, subject: GatewaySubject): Promise<Served> {
  const port = await freePort();
  const command = subject.serve(port, [...bench.child, 'bench', 'strict'], bench.configPath);
  const url = `http://127.0.0.1:${port}${subject.path}`;
  const startedAt = performance.now();
  const running = new Running({ ...subject, command: () => command }, bench.configPath, '');
  for (;;) {
    const session = new HttpLoadSession(url);
    try {
      await session.open();
      return { running, url, session, upMs: performance.now() - startedAt };
    } catch (error) {
      session.close();
      if (running.exited || performance.now() - startedAt > START_MS) {
        await running.stop();
        throw new Error(`it does not start: ${(error as Error).message}`);
      }
      await delay(2);
    }
  }
}

/** Keeps `inFlight` calls running for a while. */
async function measure(
  bench: Bench,
  { running, session }: Served,
  inFlight: number,
  size: number,
  row: string,
) {
  let isStopping = false;
  let answered = 0;
  let isMeasured = false;
  const times: number[] = [];
  const caller = async () => {
    while (!isStopping) {
      const at = performance.now();
      await session.call(size);
      if (!isMeasured) continue;
      answered += 1;
      times.push(performance.now() - at);
    }
  };
  const callers = Promise.all(Array.from({ length: inFlight }, caller));
  const measureMs = bench.quick ? 400 : 2_000;
  const run = async () => {
    await delay(measureMs / 2);
    // The first of large results may take longer than that.
    isMeasured = true;
    const stretch = begun(running);
    const from = { cpuMs: running.cpuMs(), at: performance.now() };
    // Enough of them for a median, though each takes long.
    while (!isStopping && (performance.now() - from.at < measureMs || answered < 5)) await delay(20);
    const elapsedMs = performance.now() - from.at;
    bench.onStretch?.(stretch(row));
    const cpuMs = (running.cpuMs() - from.cpuMs) / answered;
    return { perSecond: (answered / elapsedMs) * 1000, cpuMs, p50Ms: median(times) };
  };
  // Rejects the calls that hang.
  const timer = setTimeout(() => session.close(), ANSWER_MS);
  try {
    // `callers` ends first only when a call failed.
    return await Promise.race([run(), callers.then(() => Promise.reject(new Error('no calls')))]);
  } finally {
    isStopping = true;
    await callers.catch(() => {});
    clearTimeout(timer);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

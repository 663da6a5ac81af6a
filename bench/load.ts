import { setTimeout as delay } from 'node:timers/promises';
import type { LoadConnection } from './load-connection.js';
import type { Bench, Stretch, Values } from './rows.js';
import type { Running } from './subjects.js';

/** Whose processor time is counted. */
type Processor = Pick<Running, 'cpuMs' | 'kernelMs'>;

/** As many calls again come before: until V8 has compiled what they run, and the start is over with its garbage. */
const PINGS = 15_000;

/** Rows of calls one after the other. */
export async function latency(bench: Bench, running: Processor, connection: LoadConnection): Promise<Values> {
  const times: number[] = [];
  const pings = bench.quick ? 500 : PINGS;
  for (let i = 0; i < pings; i++) await connection.ask();
  const stretch = begun(running);
  for (let i = 0; i < pings; i++) {
    const at = performance.now();
    await connection.ask();
    times.push((performance.now() - at) * 1000);
  }
  const measured = stretch('one in flight');
  bench.onStretch?.(measured);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!;
  return {
    'one in flight, p50 µs': at(0.5),
    'one in flight, p99 µs': at(0.99),
    'one in flight, CPU µs per message': (measured.cpuMs * 1000) / pings,
  };
}

/** Keeps `inFlight` requests running on every connection for a while. */
export async function load(
  bench: Bench,
  running: Processor,
  connections: readonly LoadConnection[],
  inFlight: number,
  params: string,
  seconds: number,
  row = `${inFlight} in flight`,
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
  const stretch = begun(running);
  const from = { answered, cpuMs: running.cpuMs(), at: performance.now() };
  await delay(measureMs);
  const messages = answered - from.answered;
  const cpuMs = running.cpuMs() - from.cpuMs;
  const elapsedMs = performance.now() - from.at;
  bench.onStretch?.(stretch(row));
  stopping = true;
  await Promise.all(finished);
  for (const connection of connections) connection.onReceived = () => {};
  return { perSecond: (messages / elapsedMs) * 1000, cpuUs: (cpuMs * 1000) / messages };
}

/** A stretch that begins now; it ends when its row is named. */
export function begun(running: Processor): (row: string) => Stretch {
  const nowUs = () => Number(process.hrtime.bigint() / 1_000n);
  const from = { us: nowUs(), cpuMs: running.cpuMs(), kernelMs: running.kernelMs() };
  return (row) => ({
    ...{ row, fromUs: from.us, toUs: nowUs() },
    cpuMs: running.cpuMs() - from.cpuMs,
    kernelMs: running.kernelMs() - from.kernelMs,
  });
}

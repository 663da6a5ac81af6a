import { setMaxListeners } from 'node:events';
import { defaults, type Settings } from '../../config/defaults.js';
import type { LinkPlan, Plan, ServerPlan } from '../../config/plan.js';
import type { RunningEndpoint } from '../../faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../faces/endpoint/server.js';
import type { Observer } from '../../observe/observer.js';
import { Endpoint } from '../../protocol/endpoint.js';
import { type Clock, systemClock } from '../../time/clock.js';
import { type Fault, planFaults, seeded } from './fault-plan.js';
import { type DoneFault, Faults } from './faults.js';
import { Ledger, type RecoveryTally, type Tally, type WrongAnswer } from './ledger.js';
import { type ChaosTool, Traffic } from './traffic.js';

/** A server of the run, and what it is asked. */
export interface ChaosServer {
  plan: ServerPlan;
  tool: ChaosTool;
}

export interface ChaosOptions {
  /** The same seed brings the same faults at the same times. */
  seed: number;
  /** How long faults happen, in milliseconds. */
  runMs: number;
  /** Two servers for a pipe and a mux together, and two that take turns. */
  servers: { steady: readonly [ChaosServer, ChaosServer]; turns: readonly [ChaosServer, ChaosServer] };
  /** Makes what runs the plan: an app, with this observer among its observers. */
  make: (plan: Plan, observer: Observer) => { start(): void; stop(): Promise<void> };
  /** Aborting it ends the run with what is known so far. */
  signal: AbortSignal;
  /** Called when the links are about to be started. */
  onBegin?: (begin: { address: string; links: readonly string[]; faults: readonly Fault[] }) => void;
  /** Called for each fault when it begins. */
  onFault?: (fault: DoneFault) => void;
  /** Called when no further fault comes: what is waited for are answers and recoveries. */
  onCalm?: () => void;
  clock?: Clock;
  /** How long a call may take. Default 20 s. */
  boundMs?: number;
  /** How long links may take to be ready, and in the end to recover. Default 60 s. */
  patienceMs?: number;
  /** Default: not on Windows. */
  canFreeze?: boolean;
}

/** What came of a run. Times are milliseconds. */
export interface ChaosReport {
  seed: number;
  runMs: number;
  /** It was ended before its time. */
  isInterrupted: boolean;
  canFreeze: boolean;
  faults: DoneFault[];
  /** By link, in the order in which they were started. */
  links: ({ link: string; kind: LinkPlan['kind'] } & Tally)[];
  /** Errors of all links by code, the most frequent first. */
  errors: { code: number; times: number }[];
  recoveries: RecoveryTally[];
  /** The first wrong answers. */
  wrongAnswers: readonly WrongAnswer[];
  /** Links that never listed their tools, so that nothing could be tried. */
  notReady: string[];
}

/**
 * Settings of the links: waits are short, so that a minute holds many faults and recoveries. A run of one's own takes them
 * from the configuration.
 */
const chaosSettings: Settings = {
  ...defaults,
  ...{ minDelayMs: 50, maxDelayMs: 1_000, stableAfterMs: 300 },
  // A connection that went deaf is dialled again after two seconds.
  ...{ keepaliveIntervalMs: 500, keepaliveTimeoutMs: 1_500 },
  // A server that is frozen is started again after about six seconds.
  ...{ callWarnMs: 1_000, callTimeoutMs: 3_000, serverPingTimeoutMs: 2_000 },
  // As by default, a list waits for a frozen server not as long as a call does.
  gatherTimeoutMs: 1_000,
  ...{ endTimeoutMs: 500, termTimeoutMs: 500, strayTimeoutMs: 500, drainTimeoutMs: 2_000 },
  ...{ rotateEveryMs: 4_000, rotateBusyMs: 2_000 },
};

/** Longer than the longest freeze and the start of a server on a busy machine together. */
const BOUND_MS = 20_000;
/** For a machine on which Node.js starts slowly. */
const PATIENCE_MS = 60_000;
/** How often the end looks whether every link has recovered. */
const LOOK_EVERY_MS = 50;

/** The target of faults that are meant for whichever server has its turn. */
const TURNS = 'rotate';

/** Whether every call has had its answer or an error that says why, and every link got over every fault. */
export function isGood({ links, recoveries, notReady }: ChaosReport): boolean {
  const isBad = ({ lost, wrong, duplicated }: Tally) => lost + wrong + duplicated > 0;
  return notReady.length === 0 && !links.some(isBad) && !recoveries.some(({ never }) => never > 0);
}

/**
 * Runs a pipe, a mux and a rotation against an endpoint of its own on 127.0.0.1, calls over each of them all the time, and
 * makes servers and connections fail. Nothing of it is left behind.
 *
 * @throws ListenError when the endpoint cannot listen.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, runMs, make, signal, clock = systemClock } = options;
  const { canFreeze = process.platform !== 'win32', patienceMs = PATIENCE_MS } = options;
  // Each wait listens to it.
  setMaxListeners(0, signal);
  const endpoint = await startEndpoint({ clock });
  const plan = planOf(options.servers, endpoint);
  const links = plan.links.map(({ name }) => name);
  const ledger = new Ledger(links, clock.now);
  const serversOf = (target: string) =>
    target === TURNS ? plan.links.find(({ name }) => name === TURNS)!.servers : [target];
  const faults = new Faults({ endpoint, clock, serversOf });
  const steady = options.servers.steady.map(({ plan: { name } }) => name);
  const planned = planFaults({ seed, runMs, servers: [...steady, TURNS], links, canFreeze });
  const traffics = trafficOver(plan, endpoint, ledger, options);
  const done: DoneFault[] = [];
  const notReady: string[] = [];
  const running = make(plan, { name: 'chaos', onStatus: faults.onStatus });
  options.onBegin?.({ address: `${endpoint.host}:${endpoint.port}`, links, faults: planned });
  try {
    running.start();
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const ready = await Promise.all(traffics.map((traffic) => traffic.ready(patience)));
    if (!signal.aborted) notReady.push(...links.filter((_, i) => !ready[i]));
    if (ready.every(Boolean)) {
      await Promise.all(traffics.map((traffic) => traffic.start()));
      await doAll(planned, { runMs, clock, signal, begin });
      faults.end();
      if (!signal.aborted) options.onCalm?.();
      const until = clock.now() + patienceMs;
      while (!ledger.hasRecovered && !signal.aborted && clock.now() < until)
        await clock.sleep(LOOK_EVERY_MS, signal);
      await beforeAbort(Promise.all(traffics.map((traffic) => traffic.rest())), signal);
    }
    const kinds = new Map(plan.links.map(({ name, kind }) => [name, kind]));
    return {
      ...{ seed, runMs, canFreeze, notReady, faults: done },
      isInterrupted: signal.aborted,
      links: [...ledger.tallies].map(([link, tally]) => ({ link, kind: kinds.get(link)!, ...tally })),
      errors: ledger.errors,
      recoveries: ledger.recoveries,
      wrongAnswers: ledger.wrong,
    };
  } finally {
    faults.end();
    await Promise.all(traffics.map((traffic) => traffic.close()));
    await running.stop();
    await endpoint.close();
  }

  function begin(fault: Fault): void {
    const one = faults.begin(fault);
    done.push(one);
    options.onFault?.(one);
    if (!one.wasDone) return;
    if (one.server === undefined) return ledger.faultBegan(fault.kind, fault.target, undefined);
    for (const { name, servers, kind } of plan.links) {
      // While servers take turns, the next one answers in place of the one that was hit.
      if (servers.includes(one.server))
        ledger.faultBegan(fault.kind, name, kind === 'rotate' ? undefined : one.server);
    }
  }
}

/** Does each fault at its time, and returns at the end of the run or when the signal aborts. */
async function doAll(
  planned: readonly Fault[],
  {
    runMs,
    clock,
    signal,
    begin,
  }: Pick<ChaosOptions, 'runMs' | 'signal'> & {
    clock: Clock;
    begin: (fault: Fault) => void;
  },
): Promise<void> {
  const startedAt = clock.now();
  const wait = (atMs: number) => clock.sleep(Math.max(0, startedAt + atMs - clock.now()), signal);
  for (const fault of planned) {
    await wait(fault.atMs);
    if (signal.aborted) return;
    begin(fault);
  }
  await wait(runMs);
}

function trafficOver(
  plan: Plan,
  endpoint: RunningEndpoint,
  ledger: Ledger,
  { servers, seed, clock = systemClock, boundMs = BOUND_MS }: ChaosOptions,
): Traffic[] {
  const toolOf = new Map(
    [...servers.steady, ...servers.turns].map(({ plan: { name }, tool }) => [name, tool]),
  );
  return plan.links.map(({ name, kind, servers: names, endpoint: { fingerprint } }, i) => {
    const tools = new Map(names.map((server) => [server, toolOf.get(server)!]));
    const link = { name, tools, hasAll: kind !== 'rotate' };
    return new Traffic({
      ...{ endpoint, link, fingerprint, ledger, clock, boundMs },
      random: seeded(seed + i + 1),
    });
  });
}

/** A pipe and a mux that share a server, and a rotation. */
function planOf({ steady, turns }: ChaosOptions['servers'], endpoint: RunningEndpoint): Plan {
  const [first, second] = steady.map(({ plan: { name } }) => name) as [string, string];
  const [one, other] = turns.map(({ plan: { name } }) => name) as [string, string];
  const linkTo = (name: string) => ({
    name,
    endpoint: new Endpoint(endpoint.serverUrl(name)),
    settings: chaosSettings,
  });
  return {
    servers: [...steady, ...turns].map(({ plan }) => plan),
    links: [
      { kind: 'pipe', ...linkTo('pipe'), servers: [first] },
      {
        ...{ kind: 'mux', ...linkTo('mux'), servers: [first, second] },
        ...{ prefix: 'always', separator: '__', toolNames: 'plain', mayRegroup: false },
      },
      { kind: 'rotate', ...linkTo(TURNS), servers: [one, other] },
    ],
    ...{ warnings: [], secrets: [] },
  };
}

/** Resolves with the promise, or when the signal aborts. */
function beforeAbort(promise: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve();
  return Promise.race([
    promise,
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  ]);
}

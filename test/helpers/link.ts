import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { defaults, type Settings } from '../../src/config/defaults.js';
import type { LinkPlan, MuxPlan, PipePlan, Plan, RotatePlan, ServerPlan } from '../../src/config/plan.js';
import { defaultOptions, type ServerOptions } from '../../src/config/server-options.js';
import { App } from '../../src/daemon/app.js';
import type { Daemon, DaemonOptions } from '../../src/daemon/daemon.js';
import type { Endpoint } from '../../src/protocol/endpoint.js';
import type { HttpProxy } from '../../src/protocol/http-proxy.js';
import type { Status } from '../../src/protocol/status.js';
import { eventually, PATIENCE_MS } from './eventually.js';
import { SERVER_IS_STUCK } from './shared-skips.js';
import { shownLog } from './shown-log.js';
import { lineFor } from './skips.js';
import { isBeside, isCopies, isLong, isMemory, isMux, isRemote, isRotate, isShared } from './strategy.js';

const { inMemory, launchFixture } = isMemory
  ? await import('./memory-servers.js')
  : { inMemory: () => ({}), launchFixture: undefined };

const remote = isRemote ? await import('./behind-http.js') : undefined;
// Loaded before a clock jumps over the time that this takes.
if (isCopies) await import('../../src/servers/copies/open-copies.js');
const second = isShared ? await import('./second-client.js') : undefined;

export const fixture = (name: string) => join(import.meta.dirname, '../fixtures/servers', name);

/** The settings of production, except that waits which tests sit through are short, and time limits are long. */
export const quick: Settings = {
  ...defaults,
  holdTimeoutMs: 20_000,
  gatherTimeoutMs: 20_000,
  minDelayMs: 50,
  maxDelayMs: 2_000,
  stableAfterMs: 300,
  endTimeoutMs: 500,
  termTimeoutMs: 500,
  strayTimeoutMs: 500,
};

const NEIGHBOUR = '-neighbour';
const SECOND = '-second';
/** What happens to the server counts, whichever of its links reports it. */
const isOfSecond = ({ link, server, type }: Status) =>
  link.endsWith(SECOND) && (server === undefined || type === 'server-kept');
const isNeighbour = ({ server }: Status) => server?.endsWith(NEIGHBOUR) ?? false;

type StatusOf<Type extends Status['type']> = Extract<Status, { type: Type }>;

/** A link and the servers that it names. */
export type Served<Link extends LinkPlan = LinkPlan> = Link & {
  served: readonly [ServerPlan, ...ServerPlan[]];
};

/** A plan with these links and their servers, each of which several links may name. */
export function planOf(links: readonly Served[]): Plan {
  const servers = new Map(links.flatMap(({ served }) => served.map((server) => [server.name, server])));
  return {
    servers: [...servers.values()],
    links: links.map(({ served: _, ...link }) => link),
    ...{ warnings: [], secrets: [] },
  };
}

/** A running daemon that keeps its events. */
export class TestDaemon {
  readonly statuses: Status[] = [];
  /** Events of servers that only have to stay undisturbed: see `startLinks`. */
  readonly ofNeighbours: Status[] = [];
  /** Events of links that share the server of the link under test: see `withSecond`. */
  readonly ofSecond: Status[] = [];
  /** Errors that observers threw: the links go on in spite of them. */
  readonly failures: unknown[] = [];
  /** The app that runs, with its observers. */
  readonly app: App;

  constructor(
    links: readonly Served[],
    random?: () => number,
    { onStatus, ...more }: Partial<DaemonOptions> = {},
  ) {
    const keep = (status: Status) => {
      if (isOfSecond(status)) this.ofSecond.push(status);
      else if (isNeighbour(status)) this.ofNeighbours.push(status);
      else this.statuses.push(status);
    };
    this.app = new App(planOf(links), {
      ...inMemory(),
      observers: [{ name: 'test', onStatus: onStatus ?? keep }, ...shownLog],
      onObserverFailed: (_, error) => void this.failures.push(error),
      ...(random ? { random } : {}),
      ...more,
    });
  }

  get daemon(): Daemon {
    return this.app.daemon;
  }

  all<Type extends Status['type']>(type: Type): StatusOf<Type>[] {
    return this.statuses.filter((status): status is StatusOf<Type> => status.type === type);
  }

  /** Resolves with the n-th Status of that type, counted from 0. */
  status<Type extends Status['type']>(
    type: Type,
    index = 0,
    timeoutMs = PATIENCE_MS,
  ): Promise<StatusOf<Type>> {
    return eventually(() => this.all(type)[index], { timeoutMs, what: `status ${type} number ${index}` });
  }
}

export interface LinkUnderTest {
  endpoint: Endpoint;
  /** A file in test/fixtures/servers, and its arguments. */
  server: readonly [string, ...string[]];
  env?: Record<string, string>;
  name?: string;
  settings?: Partial<Settings>;
  handshake?: ServerOptions['handshake'];
  instances?: ServerOptions['instances'];
  proxy?: HttpProxy;
}

export function planLink({
  endpoint,
  server,
  env,
  name = 'server',
  settings,
  handshake,
  instances,
  proxy,
}: LinkUnderTest): Served<PipePlan> {
  return {
    kind: 'pipe',
    ...served([planServer({ name, server, env, handshake, ...(instances ? { instances } : {}) })]),
    name,
    endpoint,
    settings: { ...quick, ...settings },
    ...(proxy ? { proxy } : {}),
  };
}

interface ServerUnderTest extends Partial<Pick<ServerOptions, 'tools' | 'rotate' | 'instances'>> {
  name: string;
  server: LinkUnderTest['server'];
  env?: Record<string, string> | undefined;
  handshake?: ServerOptions['handshake'] | undefined;
}

function planServer({
  name,
  server: [file, ...args],
  env,
  handshake = 'speculative',
  ...options
}: ServerUnderTest): ServerPlan {
  const plan: ServerPlan = {
    kind: 'stdio',
    name,
    launch: {
      command: file.endsWith('.sh') ? '/bin/sh' : process.execPath,
      args: [file.startsWith('/') ? file : fixture(file), ...args],
      cwd: process.cwd(),
      env: { PATH: process.env.PATH ?? '', ...env },
    },
    options: { ...defaultOptions, handshake, ...(isCopies ? { instances: { count: 1 } } : {}), ...options },
  };
  return remote ? remote.behindHttp(plan, launchFixture) : plan;
}

function served(plans: readonly ServerPlan[]): Pick<Served, 'served' | 'servers'> {
  const [first, ...others] = plans;
  return {
    served: [first!, ...others],
    servers: [first!.name, ...others.map(({ name }) => name)],
  };
}

/** Starts links of the kind that the suite runs over. They stop when the test ends. */
export function startLinks(
  links: LinkUnderTest[],
  random?: () => number,
  more?: Partial<DaemonOptions>,
): TestDaemon {
  const plans = links.map<Served>(isMux ? planAlone : isRotate ? planTurns : planLink);
  if (second) return startShared(second, plans, random, more);
  const test = startPlans(plans, random, more);
  if (isBeside) onTestFinished(() => neighboursAreWell(test));
  return test;
}

/** With a second client of each server. */
function startShared(
  { SecondClient, nothingHasCrossed }: NonNullable<typeof second>,
  plans: readonly Served[],
  ...more: [random?: () => number, more?: Partial<DaemonOptions>]
): TestDaemon {
  const clients = plans.map(() => new SecondClient());
  const seconds = plans.map(({ name, served: [server], settings }, i): Served<PipePlan> => {
    const { endpoint } = clients[i]!;
    return { kind: 'pipe', name: `${name}${SECOND}`, ...served([server]), endpoint, settings };
  });
  onTestFinished(async () => {
    for (const client of clients) await client.check();
    nothingHasCrossed();
  });
  const test = startPlans([...plans, ...seconds], ...more);
  onTestFinished(async ({ task }) => {
    const isStuck = lineFor(SERVER_IS_STUCK, task) !== undefined;
    await Promise.all(clients.map((client) => client.finish(isStuck)));
  });
  return test;
}

/** A multiplexer instead of a pipe: its server has the link's name. */
function planAlone({ name = 'server', server, env, handshake, ...link }: LinkUnderTest): Served<MuxPlan> {
  const member = { name, server, ...(env ? { env } : {}), ...(handshake ? { handshake } : {}) };
  const beside = { name: `${name}${NEIGHBOUR}`, server: ['neighbour.mjs'] as const };
  return planMux({ ...link, name, prefix: 'never', members: isBeside ? [member, beside] : [member] });
}

/** A rotation instead of a pipe. */
function planTurns({ name = 'server', server, env, handshake, ...link }: LinkUnderTest): Served<RotatePlan> {
  const member = { name, server, ...(env ? { env } : {}), ...(handshake ? { handshake } : {}) };
  const beside = { name: `${name}${NEIGHBOUR}`, server: ['crash-on-start.mjs'] as const };
  return planRotate({
    ...link,
    name,
    dwellMs: 3_600_000,
    members: isLong ? [member, beside] : [member],
  });
}

export type TurnUnderTest = Pick<LinkUnderTest, 'server' | 'env' | 'handshake'> & {
  name: string;
  dwellMs?: number;
};

/** A server that reports its name. */
export const basic = (name: string, more: Partial<TurnUnderTest> = {}): TurnUnderTest => ({
  name,
  server: ['basic.mjs'],
  env: { WHO: name },
  ...more,
});

export interface RotateUnderTest {
  endpoint: Endpoint;
  name?: string;
  /** Length of the turn of members without an own one, in milliseconds. */
  dwellMs?: number;
  members: readonly TurnUnderTest[];
  settings?: Partial<Settings>;
  proxy?: HttpProxy;
}

export function planRotate({
  endpoint,
  name = 'rotate',
  dwellMs = 100,
  members,
  settings,
  proxy,
}: RotateUnderTest): Served<RotatePlan> {
  const turn = ({ dwellMs: own, ...server }: TurnUnderTest) =>
    planServer({ ...server, rotate: { dwellMs: own } });
  return {
    ...{ kind: 'rotate', name, endpoint },
    ...(proxy ? { proxy } : {}),
    ...served(members.map(turn)),
    settings: { ...quick, rotateEveryMs: dwellMs, ...settings },
  };
}

/** Starts one link whose servers take turns. It stops when the test ends. */
export function startRotate(...links: RotateUnderTest[]): TestDaemon {
  return startPlans(links.map(planRotate));
}

/** Checks that the neighbouring servers have not ended, and answer. */
async function neighboursAreWell({ daemon, ofNeighbours }: TestDaemon): Promise<void> {
  const ended = ofNeighbours.filter(({ type }) => type === 'server-down');
  expect(ended, 'neighbours that have ended').toEqual([]);
  for (const link of daemon.links) {
    const [neighbour] = link.servers.slice(-1);
    if (['draining', 'closed'].includes(link.state)) continue;
    const call = { name: 'neighbour_count', arguments: {} };
    const outcome = await link.ask(neighbour!, 'tools/call', call, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    expect(outcome, 'what a neighbour answers').toHaveProperty('result');
  }
}

export type MemberUnderTest = Pick<LinkUnderTest, 'server' | 'env' | 'handshake' | 'instances'> & {
  name: string;
  tools?: ServerOptions['tools'];
};

export interface MuxUnderTest
  extends Partial<
    Pick<
      MuxPlan,
      'proxy' | 'name' | 'prefix' | 'separator' | 'toolNames' | 'labels' | 'mayRegroup' | 'onListChange'
    >
  > {
  endpoint: Endpoint;
  members: readonly MemberUnderTest[];
  settings?: Partial<Settings>;
}

export function planMux({ endpoint, members, settings, ...rest }: MuxUnderTest): Served<MuxPlan> {
  return {
    kind: 'mux',
    name: 'mux',
    prefix: 'auto',
    separator: '__',
    mayRegroup: false,
    ...rest,
    endpoint,
    ...served(members.map(planServer)),
    settings: { ...quick, ...settings },
  };
}

/** Starts one link with several servers. It stops when the test ends. */
export function startMux(...links: MuxUnderTest[]): TestDaemon {
  // Full jitter may draw nearly 0, and then the server is back before the test has looked.
  return startPlans(links.map(planMux), () => 0.99);
}

export function startPlans(
  plans: readonly Served[],
  random?: () => number,
  more?: Partial<DaemonOptions>,
): TestDaemon {
  const test = new TestDaemon(plans, random, more);
  test.app.start();
  onTestFinished(async () => {
    test.app.force();
    await test.app.stop();
    expect(test.failures).toEqual([]);
  });
  return test;
}

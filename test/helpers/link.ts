import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { defaults, type Settings } from '../../src/config/defaults.js';
import type { LinkPlan, MuxPlan, PipePlan, RotatePlan } from '../../src/config/plan.js';
import { Daemon, type DaemonOptions } from '../../src/daemon/daemon.js';
import type { Endpoint } from '../../src/protocol/endpoint.js';
import type { HttpProxy } from '../../src/protocol/http-proxy.js';
import type { Status } from '../../src/protocol/status.js';
import { eventually, PATIENCE_MS } from './eventually.js';
import { shownLog } from './shown-log.js';
import { isBeside, isLong, isMemory, isMux, isRotate } from './strategy.js';

const { inMemory } = isMemory ? await import('./memory-servers.js') : { inMemory: () => ({}) };

export const fixture = (name: string) => join(import.meta.dirname, '../fixtures/servers', name);

/** Everything as in production, except that waits which tests sit through are short, and those that cut off what is slow long. */
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
const isNeighbour = ({ server }: Status) => server?.endsWith(NEIGHBOUR) ?? false;

type StatusOf<Type extends Status['type']> = Extract<Status, { type: Type }>;

/** A running daemon whose Status events are kept. */
export class TestDaemon {
  readonly statuses: Status[] = [];
  /** Those of servers that are only there to be undisturbed: see `startLinks`. */
  readonly ofNeighbours: Status[] = [];
  readonly daemon: Daemon;

  constructor(links: LinkPlan[], random?: () => number, more: Partial<DaemonOptions> = {}) {
    this.daemon = new Daemon(
      { links, warnings: [], secrets: [] },
      {
        ...inMemory(),
        onStatus: (status) => {
          (isNeighbour(status) ? this.ofNeighbours : this.statuses).push(status);
          shownLog.onStatus?.(status);
        },
        ...(shownLog.onFrame ? { onFrame: shownLog.onFrame } : {}),
        ...(random ? { random } : {}),
        ...more,
      },
    );
  }

  all<Type extends Status['type']>(type: Type): StatusOf<Type>[] {
    return this.statuses.filter((status): status is StatusOf<Type> => status.type === type);
  }

  /** The n-th Status of that type, 0-based, as soon as it is there. */
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
  /** A file in test/fixtures/servers and its arguments. */
  server: readonly [string, ...string[]];
  env?: Record<string, string>;
  name?: string;
  settings?: Partial<Settings>;
  handshake?: PipePlan['handshake'];
  proxy?: HttpProxy;
}

export function planLink({
  endpoint,
  server,
  env,
  name,
  settings,
  handshake,
  proxy,
}: LinkUnderTest): PipePlan {
  const [file, ...args] = server;
  return {
    kind: 'pipe',
    name: name ?? 'server',
    server: {
      command: file.endsWith('.sh') ? '/bin/sh' : process.execPath,
      args: [file.startsWith('/') ? file : fixture(file), ...args],
      cwd: process.cwd(),
      env: { PATH: process.env.PATH ?? '', ...env },
    },
    endpoint,
    handshake: handshake ?? 'speculative',
    settings: { ...quick, ...settings },
    ...(proxy ? { proxy } : {}),
  };
}

/** Starts links of the strategy that the suite runs over; the test's end stops them. */
export function startLinks(
  links: LinkUnderTest[],
  random?: () => number,
  more?: Partial<DaemonOptions>,
): TestDaemon {
  const test = startPlans(
    links.map<LinkPlan>(isMux ? planAlone : isRotate ? planTurns : planLink),
    random,
    more,
  );
  if (isBeside) onTestFinished(() => neighboursAreWell(test));
  return test;
}

/** A multiplexer in the place of a pipe: its server has the link's name. */
function planAlone({ name = 'server', server, env, handshake, ...link }: LinkUnderTest): MuxPlan {
  const member = { name, server, ...(env ? { env } : {}), ...(handshake ? { handshake } : {}) };
  const beside = { name: `${name}${NEIGHBOUR}`, server: ['neighbour.mjs'] as const };
  return planMux({ ...link, name, prefix: 'never', members: isBeside ? [member, beside] : [member] });
}

/** A rotation in the place of a pipe. */
function planTurns({ name = 'server', server, env, handshake, ...link }: LinkUnderTest): RotatePlan {
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

/** A server that knows its name. */
export const basic = (name: string, more: Partial<TurnUnderTest> = {}): TurnUnderTest => ({
  name,
  server: ['basic.mjs'],
  env: { WHO: name },
  ...more,
});

export interface RotateUnderTest {
  endpoint: Endpoint;
  name?: string;
  /** Of members that have none of their own. */
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
}: RotateUnderTest): RotatePlan {
  const turn = ({ dwellMs: own = dwellMs, ...member }: TurnUnderTest): RotatePlan['members'][number] => {
    const { name, server, handshake } = planLink({ endpoint, ...member });
    return { name, server, handshake, dwellMs: own };
  };
  const [first, ...others] = members;
  return {
    ...{ kind: 'rotate', name, endpoint },
    ...(proxy ? { proxy } : {}),
    members: [turn(first!), ...others.map(turn)],
    settings: { ...quick, ...settings },
  };
}

/** Starts one link whose servers take turns; the test's end stops it. */
export function startRotate(...links: RotateUnderTest[]): TestDaemon {
  return startPlans(links.map(planRotate));
}

/** Whatever has happened, the servers beside have not ended, and answer. */
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

export type MemberUnderTest = Pick<LinkUnderTest, 'server' | 'env' | 'handshake'> & {
  name: string;
  tools?: MuxPlan['members'][number]['tools'];
};

export interface MuxUnderTest
  extends Partial<Pick<MuxPlan, 'proxy' | 'name' | 'prefix' | 'separator' | 'toolNames' | 'mayRegroup'>> {
  endpoint: Endpoint;
  members: readonly MemberUnderTest[];
  settings?: Partial<Settings>;
}

export function planMux({ endpoint, members, settings, ...rest }: MuxUnderTest): MuxPlan {
  return {
    kind: 'mux',
    name: 'mux',
    prefix: 'auto',
    separator: '__',
    mayRegroup: false,
    ...rest,
    endpoint,
    members: members.map(({ tools = {}, ...member }) => {
      const { name, server, handshake } = planLink({ endpoint, ...member });
      return { name, server, handshake, tools };
    }),
    settings: { ...quick, ...settings },
  };
}

/** Starts one link with several servers; the test's end stops it. */
export function startMux(...links: MuxUnderTest[]): TestDaemon {
  // Full jitter may draw next to nothing, and then a server is back before anybody has looked.
  return startPlans(links.map(planMux), () => 0.99);
}

export function startPlans(
  plans: LinkPlan[],
  random?: () => number,
  more?: Partial<DaemonOptions>,
): TestDaemon {
  const test = new TestDaemon(plans, random, more);
  test.daemon.start();
  onTestFinished(async () => {
    test.daemon.force();
    await test.daemon.stop();
  });
  return test;
}

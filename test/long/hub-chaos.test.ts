import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { seeded } from '../helpers/faulty-caller.js';
import { Agent, type AgentCall, Verdict } from '../helpers/hub-agents.js';
import { isAlive } from '../helpers/is-alive.js';
import { planLink, planMux, type Served, startPlans } from '../helpers/link.js';

/** CHAOS_SECONDS=600 CHAOS_SEED=7 npx vitest run --project long test/long/hub-chaos.test.ts: longer, and another run. */
const { CHAOS_SECONDS = '30', CHAOS_SEED = '1' } = process.env;
const RUN_MS = Number(CHAOS_SECONDS) * 1_000;

/** `wild` ones are killed and frozen; `quiet` works on one call at a time. */
const SERVERS = ['calm', 'quiet', 'wild1', 'wild2'] as const;
const CALLED = ['calm', 'wild1', 'wild2'];
/** A client that does not read holds up the others for 2 s; the rest is for a machine that is busy. */
const CALM_MOST_MS = 8_000;
/** A multiplexer gives up on a call after 3 s. */
const ANSWERED_WITHIN_MS = 20_000;

const settings = {
  ...{ minDelayMs: 10, maxDelayMs: 200, closeTimeoutMs: 2_000, deafAfterMs: 3_000, deafFactor: 1 },
  ...{ keepaliveIntervalMs: 1_000, keepaliveTimeoutMs: 4_000 },
  // A frozen server is started again after 3 to 9 s.
  ...{ callWarnMs: 500, callTimeoutMs: 3_000, serverPingTimeoutMs: 5_000 },
};
const memberOf = (name: string) => ({ name, server: ['shared.mjs'] as const });

function pipeOf(agent: Agent, server: string): Served {
  return {
    ...planLink({ ...memberOf(server), endpoint: agent.fake.endpoint(agent.name), settings }),
    name: agent.name,
  };
}

function muxOf(agent: Agent): Served {
  const endpoint = agent.fake.endpoint(agent.name);
  const members = SERVERS.map(memberOf);
  return planMux({ endpoint, members, name: agent.name, prefix: 'always', onListChange: 'notify', settings });
}

const bySelf = (_: string, tool: string) => tool;
const byServer = (server: string, tool: string) => `${server}__${tool}`;

it(
  `${CHAOS_SECONDS} s of kills, freezes and drops: no call of an agent is lost, and none sees anything of another`,
  async () => {
    const random = seeded(Number(CHAOS_SEED));
    const verdict = new Verdict();
    const newAgent = async (name: string, more: { server?: string; isModern?: boolean }) => {
      const { server, isModern = false } = more;
      const options = {
        ...{ name, isModern, isFaulty: !name.startsWith('calm') },
        servers: server ? [server] : CALLED,
        toolName: server ? bySelf : byServer,
      };
      const agent = await Agent.start(options, verdict, seeded(Math.floor(2 ** 31 * random())));
      onTestFinished(() => agent.fake.close());
      return { agent, plan: server ? pipeOf(agent, server) : muxOf(agent) };
    };
    const all = await Promise.all([
      newAgent('calm-pipe', { server: 'calm' }),
      newAgent('calm-mux', {}),
      newAgent('pipe1', { server: 'calm' }),
      newAgent('pipe2', { server: 'wild1' }),
      newAgent('pipe3', { server: 'wild1' }),
      newAgent('pipe4', { server: 'wild2' }),
      newAgent('modern', { server: 'wild2', isModern: true }),
      newAgent('mux1', {}),
      newAgent('mux2', {}),
    ]);
    const agents = all.map(({ agent }) => agent);
    const [calmPipe, calmMux] = agents as [Agent, Agent];
    const test = startPlans(
      all.map(({ plan }) => plan),
      seeded(Number(CHAOS_SEED) + 1_000),
    );
    const pidOf = (name: string) =>
      test
        .all('server-ready')
        .flatMap(({ server, pid }) => (server === name && pid && isAlive(pid) ? [pid] : []))
        .at(-1);
    const until = performance.now() + RUN_MS;
    const isOver = () => performance.now() > until;

    const kills = async () => {
      while (!isOver()) {
        await delay(1_000 * random());
        const pid = pidOf(random() < 0.5 ? 'wild1' : 'wild2');
        if (pid === undefined) continue;
        if (random() < 0.5) process.kill(pid, 'SIGKILL');
        else {
          process.kill(pid, 'SIGSTOP');
          await delay(random() < 0.9 ? 1_500 * random() : 15_000);
          if (isAlive(pid)) process.kill(pid, 'SIGCONT');
        }
      }
    };
    const quietCalls: AgentCall[] = [];
    const oneAtATime = async () => {
      const muxes = [calmMux, ...agents.slice(-2)];
      while (!isOver()) {
        await delay(20);
        const agent = muxes[Math.floor(muxes.length * random())]!;
        const call = agent.call('quiet', random() < 0.5 ? 'log' : 'ask');
        if (!call) continue;
        quietCalls.push(call);
        const { connection } = call.connection;
        const until = performance.now() + ANSWERED_WITHIN_MS;
        while (!call.outcome && !connection.isClosed && performance.now() < until) await delay(1);
        // Until the hub has seen the end of the connection as well.
        if (!call.outcome) await delay(1_000);
      }
    };
    await Promise.all([kills(), oneAtATime()]);

    for (const agent of agents) agent.rest();
    await eventually(() => agents.every(({ open }) => open.length === 0), {
      timeoutMs: 60_000,
      what: 'an answer to each call on an open connection',
    }).catch(() => {
      for (const { name, open } of agents)
        for (const { text, server, tool } of open)
          verdict.lost.push(`${tool} ${text} of ${server} by ${name}`);
    });
    const downs = test.all('down').filter(({ link }) => link.startsWith('calm'));
    const ended = test.all('server-down').filter(({ server }) => !server?.startsWith('wild'));
    await test.daemon.stop();
    await eventually(() =>
      agents.every(({ connections }) => connections.every((one) => one.connection.isClosed)),
    );
    for (const agent of agents) agent.settle();

    const calm = [...calmPipe.calls, ...calmMux.calls].filter(({ server }) => !server.startsWith('wild'));
    // A question may have gone to an agent that then did not answer.
    const tookMs = calm
      .flatMap(({ tool, tookMs = 0 }) => (tool === 'ask' ? [] : [tookMs]))
      .sort((a, b) => a - b);
    const calmFacts = `calm: ${calm.length} calls, p99 ${tookMs[Math.floor(0.99 * tookMs.length)]?.toFixed(0)} ms, longest ${tookMs.at(-1)?.toFixed(0)} ms`;
    const restarts = test.all('server-down').length;
    if (process.env.CHAOS_SECONDS) {
      process.stderr.write(
        `${verdict}; ${quietCalls.length} quiet; ${restarts} ends of servers; ${calmFacts}\n`,
      );
    }
    expect({ lost: verdict.lost, wrong: verdict.wrong, crossed: verdict.crossed }).toEqual({
      ...{ lost: [], wrong: [], crossed: [] },
    });
    // It did happen.
    expect(verdict.right).toBeGreaterThan(20 * Number(CHAOS_SECONDS));
    expect(verdict.errors).toBeGreaterThan(0);
    expect(restarts).toBeGreaterThan(0);

    // The trouble of one agent is not that of another, nor that of a server which works.
    expect([downs, ended]).toEqual([[], []]);
    expect([calmPipe.connections.length, calmMux.connections.length]).toEqual([1, 1]);
    const failed = calm.filter(({ outcome, isCancelled }) => outcome !== 'right' && !isCancelled);
    expect(failed.map(({ text, tool, server, outcome }) => [tool, text, server, outcome])).toEqual([]);
    expect(tookMs.at(-1)).toBeLessThan(CALM_MOST_MS);
    // With one call at a time, its log message and its question go to the agent that has made it.
    const own = quietCalls.filter(({ agent, outcome }) => agent === calmMux && outcome === 'right');
    expect(own.length).toBeGreaterThan(0);
    const astray = own.filter(({ heardBy = [] }) => heardBy.length !== 1 || heardBy[0] !== calmMux);
    expect(
      astray.map(({ text, tool, heardBy = [] }) => [tool, text, heardBy.map(({ name }) => name)]),
    ).toEqual([]);
  },
  RUN_MS + 240_000,
);

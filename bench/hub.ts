import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { load } from './load.js';
import { median } from './median.js';
import type { Bench, Values } from './rows.js';
import { Running, type Subject, token, writeConfig } from './subjects.js';
import type { Measured } from './table.js';

/** A subject with agents: connections that each call servers, all at once. */
export interface HubSubject extends Subject {
  agents: number;
  /** Servers that every agent calls. */
  servers: number;
  /** One process of the program for each agent, which knows no agents: with servers of its own. */
  isApart?: boolean;
}

const AGENTS = 20;
const SERVERS = 6;
/** As many as an endpoint with one conversation has, as in the rows of many links, and as in the row of one link. */
const IN_FLIGHT = [1, 8, 64];
const IDLE = 'idle RSS, MiB';

/** The pipe that the others are compared with, the hubs, the same without sharing, and the simplest programs that do it. */
export function hubSubjects(mcpPipe: Subject, peers: readonly Subject[]): HubSubject[] {
  return [
    { ...mcpPipe, name: 'pipe, 1 agent x 1', agents: 1, servers: 1 },
    { ...mcpPipe, name: `hub, ${AGENTS} agents x 1`, agents: AGENTS, servers: 1 },
    { ...mcpPipe, name: `mux, 1 agent x ${SERVERS}`, agents: 1, servers: SERVERS },
    { ...mcpPipe, name: `hub, ${AGENTS} agents x ${SERVERS}`, agents: AGENTS, servers: SERVERS },
    ...peers.map((peer) => ({
      ...{ ...peer, name: `${AGENTS} of ${peer.name} x 1` },
      ...{ agents: AGENTS, servers: 1, isApart: true },
    })),
  ];
}

/** How much more memory the hub of many agents needs idle than one agent with the same servers, MB; round by round. */
export function aboveOneAgentMb(rounds: readonly Measured[]): number[] {
  const of = (round: Measured, agents: string) => round[`${agents} x ${SERVERS}`]?.[IDLE] ?? Number.NaN;
  return rounds.map((round) => (of(round, `hub, ${AGENTS} agents`) - of(round, 'mux, 1 agent')) * 1.048576);
}

export function aboveOneAgent(rounds: readonly Measured[]): string {
  const above = aboveOneAgentMb(rounds);
  const each = above.map((mb) => mb.toFixed(1)).join(', ');
  return `${AGENTS} agents x ${SERVERS} servers, idle: ${median(above).toFixed(1)} MB above one agent (${each})`;
}

/** Rows of a hub: the memory of the programs themselves, the processes of all servers, the work for each message. */
export async function hub(bench: Bench, subject: HubSubject): Promise<Values> {
  const { endpoint } = bench;
  const { agents, servers } = subject;
  const startedAt = performance.now();
  const programs = await startPrograms(bench, subject);
  const tools = Array.from({ length: servers }, (_, server) => `t${server}`);
  const connections = await Promise.all(
    Array.from({ length: agents }, async (_, agent) => {
      const connection = await endpoint.connection(token(agent));
      connection.tools = tools;
      await connection.greet();
      await connection.list();
      for (const tool of tools) {
        const before = connection.receivedBytes;
        await connection.ask('"size":4096');
        // An error would be an answer as well, and a cheap one.
        if (connection.receivedBytes < before + 4096)
          throw new Error(`${subject.name}: ${tool} is not served`);
      }
      return connection;
    }),
  );
  const values: Values = { 'all answered after, ms': performance.now() - startedAt };
  await delay(bench.quick ? 300 : 1_500);
  const sum = (of: (program: Running) => number) => programs.reduce((total, one) => total + of(one), 0);
  values[IDLE] = sum((one) => one.rssMiB());
  values['idle PSS, MiB'] = sum((one) => one.pssMiB());
  values['processes of servers'] = sum((one) => one.children());
  const all = { cpuMs: () => sum((one) => one.cpuMs()), kernelMs: () => sum((one) => one.kernelMs()) };
  for (const inFlight of IN_FLIGHT) {
    const { perSecond, cpuUs } = await load(
      bench,
      all,
      connections,
      inFlight,
      '',
      0.7,
      `${inFlight} in flight each`,
    );
    values[`${inFlight} in flight each, CPU µs per message`] = cpuUs;
    values[`${inFlight} in flight each, msg/s`] = perSecond;
  }
  values['RSS after load, MiB'] = sum((one) => one.rssMiB());
  await Promise.all(programs.map((one) => one.stop()));
  for (const connection of connections) connection.destroy();
  return values;
}

async function startPrograms(bench: Bench, subject: HubSubject): Promise<Running[]> {
  const { endpoint, child, configPath } = bench;
  const { agents, servers, isApart } = subject;
  const url = (agent: number) => endpoint.url(token(agent));
  if (!isApart) {
    await writeAgents(configPath, child, servers, agents, url);
    return [new Running(subject, configPath, url(0))];
  }
  return Promise.all(
    Array.from({ length: agents }, async (_, agent) => {
      const path = `${configPath}.${agent}`;
      await writeConfig(path, { child, servers, url: () => url(agent), ownTools: true });
      return new Running(subject, path, url(agent));
    }),
  );
}

/** Every agent has every server. */
async function writeAgents(
  path: string,
  [command, ...args]: readonly string[],
  servers: number,
  agents: number,
  url: (agent: number) => string,
): Promise<void> {
  const all = <T>(count: number, prefix: string, of: (i: number) => T) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, of(i)]));
  const mcpServers = all(servers, 's', (i) => ({ command, args: [...args, `t${i}`] }));
  const config = { mcpServers, agents: all(agents, 'a', (i) => ({ endpoint: url(i) })) };
  await writeFile(path, JSON.stringify(config));
}

import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { chaosJson, chaosText } from '../../src/cli/commands/demo-chaos-text.js';
import type { Plan, ServerPlan } from '../../src/config/plan.js';
import { defaultOptions } from '../../src/config/server-options.js';
import { type ChaosServer, isGood, runChaos } from '../../src/daemon/chaos/chaos.js';
import { planFaults } from '../../src/daemon/chaos/fault-plan.js';

const server = (name: string): ChaosServer => ({
  plan: {
    kind: 'stdio',
    name,
    launch: { command: 'none', args: [] },
    options: defaultOptions,
  } as unknown as ServerPlan,
  tool: { name: 'echo', ask: (count) => ({ arguments: { text: `${count}` }, answer: `${count}` }) },
});

/** What a link makes of the n-th call: the texts of its answers, each with the id of the call. */
type Carry = (text: string, n: number, before: string) => string[];

/** Links that dial as mcp-pipe does, and then carry calls as `carry` says. */
function links(plan: Plan, carry: Carry) {
  const sockets: WebSocket[] = [];
  const dial = ({ name, kind, servers, endpoint }: Plan['links'][number]) => {
    const socket = new WebSocket(endpoint.href, { perMessageDeflate: false });
    sockets.push(socket);
    let n = 0;
    let before = '';
    socket.on('message', (data) => {
      const { id, method, params } = JSON.parse(data.toString());
      if (id === undefined) return;
      const send = (result: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
      if (method === 'initialize')
        return send({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name } });
      const names = kind === 'mux' ? servers.map((one) => `${one}__echo`) : ['echo'];
      if (method === 'tools/list')
        return send({ tools: names.map((one) => ({ name: one, inputSchema: { type: 'object' } })) });
      if (method !== 'tools/call') return send({});
      const { text } = params.arguments;
      n += 1;
      for (const said of carry(text, n, before)) send({ content: [{ type: 'text', text: said }] });
      before = text;
    });
  };
  return {
    start: () => plan.links.forEach(dial),
    stop: async () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}

const run = (carry: Carry) =>
  runChaos({
    ...{ seed: 1, runMs: 400, boundMs: 300, patienceMs: 5_000 },
    servers: { steady: [server('a'), server('b')], turns: [server('c'), server('d')] },
    make: (plan) => links(plan, carry),
    signal: new AbortController().signal,
  });

it('counts nothing as lost or wrong on links that carry everything', async () => {
  const report = await run((text) => [text]);
  expect(isGood(report)).toBe(true);
  for (const { sent, answered } of report.links) {
    expect(sent).toBeGreaterThan(3);
    expect(answered).toBe(sent);
  }
});

it('counts what links lose, mix up and carry twice, and says so', async () => {
  const broken: Carry = (text, n, before) => {
    if (n % 5 === 1) return [];
    if (n % 5 === 3) return [before];
    return n % 5 === 4 ? [text, text] : [text];
  };
  const report = await run(broken);
  for (const { sent, answered, lost, wrong, duplicated } of report.links) {
    expect(sent).toBeGreaterThan(5);
    expect(lost).toBe(Math.ceil(sent / 5));
    expect(wrong).toBe(Math.floor((sent + 2) / 5));
    // The answer that went to the wrong call was carried before.
    expect(duplicated).toBeGreaterThan(0);
    expect(answered).toBe(sent - lost - wrong);
  }
  expect(isGood(report)).toBe(false);
  expect(chaosText(report, 'en')).toMatch(/calls? lost, \d+ wrong answers/);
  expect(JSON.parse(chaosJson(report))).toMatchObject({ isGood: false });
});

it('counts a link that never answers again after a fault as not recovered', async () => {
  const signal = new AbortController().signal;
  // A seed whose first fault is a connection that is cut, soon.
  const isCutSoon = (seed: number) => {
    const [first] = planFaults({ seed, runMs: 600, servers: ['a'], links: ['pipe'], canFreeze: true });
    return first?.kind === 'drop';
  };
  const seed = [...Array(1_000).keys()].find(isCutSoon)!;
  const report = await runChaos({
    ...{ seed, runMs: 700, boundMs: 300, patienceMs: 500, signal },
    servers: { steady: [server('a'), server('b')], turns: [server('c'), server('d')] },
    // It dials once: what is dropped or refused stays away.
    make: (plan) => links(plan, (text) => [text]),
  });
  expect(report.recoveries.reduce((sum, { never }) => sum + never, 0)).toBeGreaterThan(0);
  expect(report.links.every(({ lost }) => lost === 0)).toBe(true);
  expect(isGood(report)).toBe(false);
  expect(chaosText(report, 'en')).toMatch(/without a recovery/);
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test
import { afterEach, expect, it } from 'vitest';
import { type ClientPlan, clientPlan, type WantedServers } from '../../../src/config/client-plan.js';
import type { Plan } from '../../../src/config/plan.js';
import { plan, removeFolders } from './workspace.js';

afterEach(removeFolders);

const ENV = {
  TOKEN_1: 'ws://127.0.0.1:9/?token=first-token',
  TOKEN_2: 'ws://127.0.0.1:9/?token=second-token',
};
const server = (name: string, more: object = {}) => ({ command: 'node', args: [`${name}.js`], ...more });
const AGENTS = {
  kitchen: { endpoint: '${TOKEN_1}', servers: ['memory', 'music'], tools: { music: { deny: ['delete'] } } },
  office: { endpoint: '${TOKEN_2}', servers: ['memory', 'calc'] },
};

async function made(config: object): Promise<Plan> {
  return (await plan(config, ENV)) as unknown as Plan;
}

function given(of: Plan, wanted: WantedServers): ClientPlan {
  const found = clientPlan(of, wanted);
  if ('unknown' in found) throw new Error(JSON.stringify(found));
  return found;
}

it('a client gets all servers, or those that it names; an agent’s own process only with the agent', async () => {
  const of = await made({
    mcpServers: {
      memory: server('memory', { share: 'agent' }),
      music: server('music'),
      calc: server('calc'),
    },
    agents: AGENTS,
  });
  expect(given(of, {})).toMatchObject({
    ...{ kind: 'mux', servers: ['music', 'calc'], labels: {}, tools: {} },
    leftOut: ['memory@kitchen', 'memory@office'],
  });
  expect(given(of, { servers: ['calc'] })).toMatchObject({ kind: 'pipe', servers: ['calc'] });
  expect(given(of, { agent: 'kitchen' })).toMatchObject({
    ...{ kind: 'mux', servers: ['memory@kitchen', 'music'], leftOut: [] },
    labels: { 'memory@kitchen': 'memory' },
    tools: { music: { deny: ['delete'] } },
  });
  expect(given(of, { agent: 'kitchen', servers: ['memory'] })).toMatchObject({ servers: ['memory@kitchen'] });
  // A filter needs messages that are parsed.
  expect(given(of, { agent: 'kitchen', servers: ['music'] }).kind).toBe('mux');
  expect(clientPlan(of, { servers: ['memory', 'calc'] })).toEqual({
    unknown: ['memory'],
    known: ['music', 'calc'],
  });
  expect(clientPlan(of, { agent: 'garden' })).toEqual({ unknown: ['garden'], known: ['kitchen', 'office'] });
});

it('names are made as the configuration says for all, or an agent for its own', async () => {
  const of = await made({
    mcpServers: {
      memory: server('memory'),
      music: server('music'),
      calc: server('calc', { endpoint: '${TOKEN_2}' }),
    },
    agents: { kitchen: { ...AGENTS.kitchen, prefix: 'never' } },
    prefix: 'always',
    settings: { maxTools: 5 },
  });
  expect(given(of, {})).toMatchObject({ prefix: 'always', settings: { maxTools: 5 } });
  expect(given(of, { servers: ['calc'] }).kind).toBe('mux');
  expect(given(of, { agent: 'kitchen' }).prefix).toBe('never');
});

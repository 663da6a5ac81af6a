import { afterEach, describe, expect, test } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import type { LinkPlan } from '../../../src/config/plan.js';
import { defaultOptions } from '../../../src/config/server-options.js';
import { Daemon } from '../../../src/daemon/daemon.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { systemClock } from '../../../src/time/clock.js';
import { openRemote } from '../../../src/transports/remote/open-remote.js';
import { eventually } from '../../helpers/eventually.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { modernOptions, type Talk, talkTo } from '../../helpers/modern-life.js';
import { type ModernServer, modernServer } from '../../helpers/modern-server.js';

const SHARED = {
  name: 'l',
  servers: ['s'] as [string],
  endpoint: new Endpoint('wss://endpoint.test/?token=t'),
};
const LINKS: LinkPlan[] = [
  { ...SHARED, kind: 'pipe', settings: defaults },
  { ...SHARED, kind: 'mux', settings: defaults, prefix: 'never', separator: '__', mayRegroup: false },
];

let stop: () => Promise<unknown>;
afterEach(() => stop());

/** A link between an endpoint and `server`, which speaks only MCP 2026-07-28 by default; resolves when the link is connected. */
async function linked(
  link: LinkPlan,
  server = modernServer(),
): Promise<{ endpoint: Talk; server: ModernServer }> {
  const options = modernOptions(server.requests);
  const launch = { command: 'x', args: [], cwd: '/', env: {} };
  const plan = {
    servers: [{ kind: 'stdio' as const, name: 's', launch, options: defaultOptions }],
    ...{ links: [link], warnings: [], secrets: [] },
  };
  const daemon = await new Promise<{ endpoint: Talk; daemon: Daemon }>((resolve) => {
    const daemon: Daemon = new Daemon(plan, {
      ...{ clock: systemClock, random: Math.random, onStatus: () => {} },
      sourceOf: ({ name }) => ({
        ...{ name, kind: 'http', shown: name },
        open: () => openRemote(options),
      }),
      dialOf: () => async () => {
        const [near, far] = memoryPair();
        resolve({ daemon, endpoint: talkTo(far) });
        return near;
      },
    });
    void daemon.start();
  });
  stop = () => daemon.daemon.stop();
  return { endpoint: daemon.endpoint, server };
}

describe.each(LINKS)('a $kind of a server of MCP 2026-07-28 and an endpoint of 2024-11-05', (link) => {
  test('calls, rounds of input, progress, changes and subscriptions are as with any server', async () => {
    const { endpoint, server } = await linked(link);
    const capabilities = { elicitation: {}, roots: { listChanged: false } };
    const clientInfo = { name: 'broker', version: '1' };
    const params = { protocolVersion: '2024-11-05', capabilities, clientInfo };
    endpoint.send({ id: 1, method: 'initialize', params });
    expect((await endpoint.reply(1)).result).toMatchObject({ protocolVersion: '2024-11-05' });
    endpoint.send({ method: 'notifications/initialized' });
    endpoint.send({ id: 2, method: 'tools/list' });
    const { tools } = (await endpoint.reply(2)).result as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toEqual(['add', 'name', 'slow', 'region']);

    endpoint.send({
      id: 3,
      method: 'tools/call',
      params: { name: 'region', arguments: { region: 'hà nội' } },
    });
    expect((await endpoint.reply(3)).result).toMatchObject({ content: [{ text: 'hà nội undefined' }] });

    endpoint.send({ id: 4, method: 'tools/call', params: { name: 'name', arguments: {} } });
    const asked = await endpoint.take(({ method }) => method === 'elicitation/create');
    endpoint.send({ id: asked.id, result: { action: 'accept', content: { name: 'Lan' } } });
    expect((await endpoint.reply(4)).result).toMatchObject({ content: [{ text: 'state "1" Lan' }] });

    const _meta = { progressToken: 'p' };
    endpoint.send({ id: 5, method: 'tools/call', params: { name: 'slow', arguments: {}, _meta } });
    const progress = await endpoint.take(({ method }) => method === 'notifications/progress');
    expect(progress.params).toMatchObject({ progressToken: 'p', progress: 1 });
    await endpoint.reply(5);

    endpoint.send({ id: 6, method: 'resources/subscribe', params: { uri: 'note://a' } });
    expect((await endpoint.reply(6)).result).toEqual({});
    server.handler.notify.resourceUpdated('note://a');
    const updated = await endpoint.take(({ method }) => method === 'notifications/resources/updated');
    expect(updated.params).toEqual({ uri: 'note://a' });
    server.handler.notify.toolsChanged();
    await endpoint.take(({ method }) => method === 'notifications/tools/list_changed');

    endpoint.send({
      id: 7,
      method: 'tools/call',
      params: { name: 'slow', arguments: {}, _meta: { 'x/wait': true } },
    });
    const calls = () =>
      server.seen.filter(({ body }) => body.params._meta && 'x/wait' in (body.params._meta as object));
    await eventually(() => expect(calls()).toHaveLength(1));
    endpoint.send({ method: 'notifications/cancelled', params: { requestId: 7 } });
    await eventually(() => expect(calls()[0]!.signal.aborted).toBe(true));
  });

  test.each([
    ['only that revision', undefined],
    ['both eras', 'stateless' as const],
  ])('an endpoint of the revision itself is not translated for a server of %s', async (_name, legacy) => {
    const { endpoint, server } = await linked(link, legacy && modernServer({ legacy }));
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
    };
    endpoint.send({ id: 1, method: 'server/discover', params: { _meta } });
    expect((await endpoint.reply(1)).result).toMatchObject({
      supportedVersions: expect.arrayContaining(['2026-07-28']),
    });
    const params = { name: 'name', arguments: {}, _meta };
    endpoint.send({ id: 2, method: 'tools/call', params });
    const { result } = await endpoint.reply(2);
    expect(result).toMatchObject({ resultType: 'input_required', requestState: 'state "1"' });
    const inputResponses = { who: { action: 'accept', content: { name: 'Lan' } } };
    const again = { ...params, inputResponses, requestState: 'state "1"' };
    endpoint.send({ id: 3, method: 'tools/call', params: again });
    expect((await endpoint.reply(3)).result).toMatchObject({ content: [{ text: 'state "1" Lan' }] });
    const notifications = { toolsListChanged: true };
    endpoint.send({ id: 's', method: 'subscriptions/listen', params: { notifications, _meta } });
    await endpoint.take(({ method }) => method === 'notifications/subscriptions/acknowledged');
    server.handler.notify.toolsChanged();
    const changed = await endpoint.take(({ method }) => method === 'notifications/tools/list_changed');
    expect(changed.params).toMatchObject({ _meta: { 'io.modelcontextprotocol/subscriptionId': 's' } });
    endpoint.send({ method: 'notifications/cancelled', params: { requestId: 's' } });
    const listens = server.seen.filter(({ body }) => body.method === 'subscriptions/listen');
    await eventually(() => expect(listens.every(({ signal }) => signal.aborted)).toBe(true));
  });
});

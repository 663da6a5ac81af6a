import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningEndpoint } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { eventually } from '../helpers/eventually.js';
import { planLink, planMux, planRotate, type Served, startPlans } from '../helpers/link.js';

const CALLERS = 2;
const settings = { listChangeWaitMs: 200, listRenewalEveryMs: 100 };
const server = ['changing.mjs'] as const;

const kinds: Record<string, (endpoint: Endpoint, name: string) => Served> = {
  pipe: (endpoint, name) => planLink({ endpoint, name, server, settings }),
  mux: (endpoint, name) =>
    planMux({ endpoint, name, prefix: 'never', members: [{ name: `in-${name}`, server }], settings }),
  rotate: (endpoint, name) =>
    planRotate({ endpoint, name, dwellMs: 3_600_000, members: [{ name: `on-${name}`, server }], settings }),
};

/** A caller of the embedded endpoint. It keeps every answer, by the text of its call. */
class Caller {
  /** What came for each text: the text itself, or the code of an error. */
  readonly answers = new Map<string, (string | number)[]>();
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (text: string) => void>();
  readonly #name: string;
  #isOver = false;
  #count = 0;

  private constructor(socket: WebSocket, name: string) {
    this.#socket = socket;
    this.#name = name;
    socket.on('message', (data) => {
      const { id, result, error } = JSON.parse(String(data));
      if (id === undefined) return;
      const came = this.answers.get(id) ?? [];
      this.answers.set(id, [...came, error ? error.code : result.content[0].text]);
      this.#waiting.get(id)?.(error ? '' : result.content[0].text);
    });
  }

  static async open(endpoint: RunningEndpoint, token: string, name: string): Promise<Caller> {
    const socket = new WebSocket(endpoint.callerUrl(token));
    await once(socket, 'open');
    onTestFinished(() => socket.terminate());
    return new Caller(socket, name);
  }

  call(id: string, tool: string, args: object): Promise<string> {
    const answer = new Promise<string>((resolve) => this.#waiting.set(id, resolve));
    const params = { name: tool, arguments: args };
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }));
    return answer;
  }

  /** Calls one time after the other until `end`. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      this.#count += 1;
      const text = `${this.#name} ${this.#count}`;
      await this.call(text, 'echo', { text });
      await delay(4);
    }
  }

  end(): void {
    this.#isOver = true;
  }
}

it('a changed list reaches every endpoint while callers call: one renewal where it is ignored, none where it is read', async () => {
  const links = Object.keys(kinds).flatMap((kind) =>
    [true, false].map((ignores) => ({ kind, ignores, name: `${kind}-${ignores ? 'ignored' : 'read'}` })),
  );
  const endpoint = await startEndpoint({
    closeTimeoutMs: 500,
    byToken: Object.fromEntries(links.map(({ name, ignores }) => [name, { ignoreListChanged: ignores }])),
  });
  onTestFinished(() => endpoint.close());
  const test = startPlans(
    links.map(({ kind, name }) => kinds[kind]!(new Endpoint(endpoint.serverUrl(name)), name)),
  );
  const fingerprints = new Map(
    links.map(({ name }) => [name, new Endpoint(endpoint.serverUrl(name)).fingerprint]),
  );
  const known = (name: string) =>
    endpoint
      .connections()
      .find(({ fingerprint }) => fingerprint === fingerprints.get(name))
      ?.tools?.at(-1)?.name;
  await eventually(() => links.every(({ name }) => known(name) === 'first'));

  const callers = new Map<string, Caller[]>();
  for (const { name } of links) {
    const open = Array.from({ length: CALLERS }, (_, i) => Caller.open(endpoint, name, `${name} ${i}`));
    callers.set(name, await Promise.all(open));
  }
  const running = [...callers.values()].flat().map((caller) => caller.run());
  for (const to of ['second', 'third']) {
    await Promise.all(links.map(({ name }) => callers.get(name)![0]!.call(`change ${to}`, 'change', { to })));
    await eventually(() => links.every(({ name }) => known(name) === to), { what: `${to} everywhere` });
  }
  for (const caller of [...callers.values()].flat()) caller.end();
  await Promise.all(running);

  const changes = 2;
  for (const { name, ignores } of links) {
    const renewals = test.all('connection-renewed').filter(({ link }) => link === name);
    expect(renewals, name).toHaveLength(ignores ? changes : 0);
    expect(renewals.map(({ pending }) => pending)).toEqual(renewals.map(() => 0));
    // Each call was answered once. One that was not answered by the server has not reached it: the endpoint may repeat it.
    const answers = callers.get(name)!.flatMap((caller) => [...caller.answers]);
    expect(answers.filter(([, came]) => came.length !== 1)).toEqual([]);
    const echoed = answers.flatMap(([id, [came]]) => (id === came && id.startsWith(name) ? [id] : []));
    const seen: string[] = JSON.parse(await callers.get(name)![0]!.call('seen', 'seen', {}));
    expect(seen.sort(), name).toEqual(echoed.sort());
    expect(echoed.length).toBeGreaterThan(20);
    if (!ignores) expect(answers.filter(([, [came]]) => typeof came === 'number')).toEqual([]);
  }
  const habits = test.all('list-habit').map(({ link, habit }) => [link, habit]);
  expect(Object.fromEntries(habits)).toEqual(
    Object.fromEntries(
      links.map(({ name, ignores }) => [name, ignores ? 'ignores-list-changed' : 'reads-list-changed']),
    ),
  );
  expect(test.all('down')).toEqual([]);
});

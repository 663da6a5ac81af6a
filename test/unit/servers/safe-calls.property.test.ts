import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import type { ServerEnd } from '../../../src/protocol/server-end.js';
import { LinkWorld } from '../../helpers/link-world.js';
import { type Message, type Server, settled } from '../../helpers/mux-world.js';
import { runs } from '../../helpers/runs.js';

const CUT: ServerEnd = { kind: 'cut', reason: 'ECONNRESET' };
const BUSY: ServerEnd = { kind: 'http', status: 503 };
const GONE: ServerEnd = { kind: 'unreachable', reason: 'ECONNREFUSED' };
/** `common` of both servers is safe, and each server's own tool is not. */
const SAFE = 'common';

type Kind = 'pipe' | 'mux';

async function started(kind: Kind, retrySafeCalls = true) {
  const world = new LinkWorld({ kind, isRemote: true, options: { retrySafeCalls } });
  for (const [at, server] of world.servers.entries())
    server.annotations = { [SAFE]: at === 0 ? { readOnlyHint: true } : { idempotentHint: true } };
  await world.start();
  return world;
}

/** The calls that a server works on. */
const callsAt = ({ life }: Server): Message[] =>
  [...(life?.pending.values() ?? [])].filter(({ method }) => method === 'tools/call');

describe.each<Kind>(['pipe', 'mux'])('a safe call of a %s', (kind) => {
  it('is sent once more to the next life, and its caller gets one answer', async () => {
    const world = await started(kind);
    onTestFinished(() => world.stop());
    const [server] = world.servers;
    await world.call('7', server!, SAFE);
    await world.call('8', server!, 't0');
    server!.life!.die();
    await settled();
    expect(world.answers.get('7')).toBeUndefined();
    expect(world.answer('8').error!.code).toBe(ErrorCode.serverExited);
    await world.advance(3_000);
    expect(server!.lives).toHaveLength(2);
    const [again, ...more] = callsAt(server!);
    expect([again!.body.params.name, more]).toEqual([SAFE, []]);
    server!.life!.reply(again!.id!, '"result":{"content":[]}');
    await settled();
    expect(world.answer('7').result).toEqual({ content: [] });
    expect(world.calls.filter(({ id }) => id === '7')).toMatchObject([{ outcome: 'ok' }]);
  });

  it('is sent once more at once when only its answer was cut, and the first answer is dropped if it comes yet', async () => {
    const world = await started(kind);
    onTestFinished(() => world.stop());
    const [server] = world.servers;
    await world.call('7', server!, SAFE);
    const [first] = callsAt(server!);
    server!.life!.failRequest(first!.id!, CUT);
    await settled();
    expect(world.answers.get('7')).toBeUndefined();
    const [again] = callsAt(server!);
    server!.life!.send(`{"jsonrpc":"2.0","id":${first!.id},"result":{"late":true}}`);
    await settled();
    server!.life!.reply(again!.id!, '"result":{}');
    await settled();
    expect(world.answers.get('7')).toHaveLength(1);
    await world.call('9', server!, SAFE);
    server!.life!.failRequest(callsAt(server!)[0]!.id!, CUT);
    await settled();
    server!.life!.failRequest(callsAt(server!)[0]!.id!, CUT);
    await settled();
    expect(world.answer('9').error!.code).toBe(ErrorCode.answerLost);
  });

  it('is answered with an error when no life comes in time, or the second one ends as well', async () => {
    const world = await started(kind);
    onTestFinished(() => world.stop());
    const [server] = world.servers;
    await world.call('7', server!, SAFE);
    server!.failsWith = GONE;
    server!.life!.die();
    await world.advance(30_000);
    expect(world.answer('7').error!.code).toBe(ErrorCode.serverDown);
    server!.failsWith = undefined;
    await world.advance(600_000);
    await world.call('8', server!, SAFE);
    server!.life!.die();
    await world.advance(2_000);
    server!.life!.die();
    await settled();
    expect(world.answer('8').error!.code).toBe(ErrorCode.serverExited);
  });

  it('reports no progress again below what its caller has got already', async () => {
    const world = await started(kind);
    onTestFinished(() => world.stop());
    const [server] = world.servers;
    const heard: number[] = [];
    world.onNotified = (method, params) => {
      if (method === 'notifications/progress') heard.push(params.progressToken * 100 + params.progress);
    };
    const report = async (progress: number) => {
      for (const { body } of callsAt(server!)) {
        const token = JSON.stringify(body.params._meta.progressToken);
        server!.life!.send(
          `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},"progress":${progress}}}`,
        );
        await settled();
      }
    };
    await world.call('7', server!, SAFE, ',"_meta":{"progressToken":1}');
    await report(5);
    await world.call('8', server!, SAFE, ',"_meta":{"progressToken":2}');
    server!.life!.die();
    await world.advance(3_000);
    expect(callsAt(server!)).toHaveLength(2);
    await report(1);
    // The second one had none before.
    expect(heard).toEqual([105, 201]);
  });

  it('can be cancelled while it is held, and is then neither sent nor answered', async () => {
    const world = await started(kind);
    onTestFinished(() => world.stop());
    const [server] = world.servers;
    await world.call('7', server!, SAFE);
    server!.failsWith = GONE;
    server!.life!.die();
    await settled();
    world.connection!.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}');
    await settled();
    server!.failsWith = undefined;
    await world.advance(60_000);
    expect(callsAt(server!)).toEqual([]);
    expect(world.answers.get('7')).toBeUndefined();
  });
});

it('without the option nothing is sent once more, and nothing is asked of the server', async () => {
  const world = await started('pipe', false);
  onTestFinished(() => world.stop());
  const [server] = world.servers;
  expect(server!.life!.received.filter(({ method }) => method === 'tools/list')).toHaveLength(1);
  await world.call('7', server!, SAFE);
  server!.life!.die();
  await settled();
  expect(world.answer('7').error!.code).toBe(ErrorCode.serverExited);
});

const DEEDS = [
  ...([
    'safe',
    'safe',
    'safe with progress',
    'safe with progress',
    'unsafe',
    'unsafe with progress',
  ] as const),
  ...(['reply', 'reply', 'reply', 'cut', 'cut', 'busy', 'die', 'die', 'progress', 'progress'] as const),
  ...(['cancel', 'wait', 'wait', 'wait long', 'unreachable', 'reachable', 'drop'] as const),
] as const;
type Deed = readonly [kind: (typeof DEEDS)[number], a: number, b: number];

interface Made {
  tag: string;
  isSafe: boolean;
  connection: unknown;
  isCancelled: boolean;
  progress: number[];
}

/** Plays deeds, and knows what each caller must get. */
class Play {
  readonly made = new Map<string, Made>();
  /** How often the servers got each call, by its tag. */
  readonly sent = new Map<string, number>();
  readonly #steps = new Map<string, number>();
  readonly #world: LinkWorld;
  #ids = 0;

  constructor(world: LinkWorld) {
    this.#world = world;
    for (const server of world.servers)
      server.onHeard = (_, { method, body }) => {
        if (method !== 'tools/call') return;
        const { tag } = body.params.arguments;
        this.sent.set(tag, (this.sent.get(tag) ?? 0) + 1);
      };
    world.onNotified = (method, params) => {
      if (method !== 'notifications/progress') return;
      this.made.get(params.progressToken.slice(1))!.progress.push(params.progress);
    };
  }

  async do([kind, a, b]: Deed): Promise<void> {
    const world = this.#world;
    const server = world.servers[a % world.servers.length]!;
    const pending = callsAt(server);
    const chosen = pending[b % Math.max(1, pending.length)];
    switch (kind) {
      case 'safe':
      case 'unsafe':
      case 'safe with progress':
      case 'unsafe with progress':
        return this.#call(server, kind.startsWith('safe'), kind.endsWith('progress'));
      case 'reply':
        return chosen && this.#reply(server, chosen);
      case 'cut':
      case 'busy':
        return chosen && server.life!.failRequest(chosen.id!, kind === 'cut' ? CUT : BUSY);
      case 'die':
        return server.life?.die();
      case 'progress':
        return chosen && this.#progress(server, chosen);
      case 'cancel':
        return this.#cancel(b);
      case 'wait':
        return world.advance(1 + (b % 2_000));
      case 'wait long':
        return world.advance(20_000);
      case 'unreachable':
        server.failsWith = GONE;
        return;
      case 'reachable':
        server.failsWith = undefined;
        return;
      case 'drop': {
        const dropped = world.connection;
        dropped?.drop();
        await world.advance(2_000);
        return;
      }
    }
  }

  /** Everything works again and every call is answered. */
  async finish(): Promise<void> {
    const world = this.#world;
    for (const server of world.servers) server.failsWith = undefined;
    for (let i = 0; i < 12; i++) {
      await world.advance(5_000);
      for (const server of world.servers) for (const call of callsAt(server)) this.#reply(server, call);
      await settled();
    }
  }

  check(isOver: boolean): void {
    const world = this.#world;
    for (const [id, { tag, isSafe, connection, isCancelled, progress }] of this.made) {
      const answers = world.answers.get(id) ?? [];
      expect(answers.length, `answers to ${tag}`).toBeLessThanOrEqual(1);
      const [answer] = answers;
      if (answer?.result) expect(answer.result.tag, 'whose answer it is').toBe(tag);
      expect(this.sent.get(tag) ?? 0, `how often a server got ${tag}`).toBeLessThanOrEqual(isSafe ? 2 : 1);
      for (const [at, value] of progress.entries())
        expect(value, `progress of ${tag}`).toBeGreaterThan(progress[at - 1] ?? 0);
      const isOwed = isOver && !isCancelled && connection === world.connection;
      if (isOwed) expect(answers, `the answer to ${tag}`).toHaveLength(1);
      if (isOwed)
        expect(
          world.calls.filter((call) => call.id === id),
          `the end of ${tag}`,
        ).toHaveLength(1);
    }
  }

  async #call(server: Server, isSafe: boolean, hasProgress: boolean): Promise<void> {
    const world = this.#world;
    if (!world.connection || world.connection.isOver) return;
    const id = String(++this.#ids);
    const tag = `${isSafe ? 'safe' : 'unsafe'}-${id}`;
    const { connection } = world;
    this.made.set(id, { tag, isSafe, connection, isCancelled: false, progress: [] });
    const meta = hasProgress ? `,"_meta":{"progressToken":"p${id}"}` : '';
    await world.call(id, server, isSafe ? SAFE : server.tools[0], meta, `{"tag":"${tag}"}`);
  }

  #reply({ life }: Server, { id, body }: Message): void {
    const { tag } = body.params.arguments;
    life!.reply(id!, tag.endsWith('3') ? `"error":{"code":-1,"message":"no"}` : `"result":{"tag":"${tag}"}`);
  }

  /** A server counts from 1 for each call that it gets. */
  #progress({ life }: Server, { id, body }: Message): void {
    const token = body.params._meta?.progressToken;
    if (token === undefined) return;
    const key = `${life!.server.lives.length} ${life!.server.name} ${id}`;
    const step = (this.#steps.get(key) ?? 0) + 1;
    this.#steps.set(key, step);
    life!.send(
      `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${JSON.stringify(token)},"progress":${step}}}`,
    );
  }

  #cancel(which: number): void {
    const open = [...this.made].filter(
      ([id, { isCancelled, connection }]) =>
        !isCancelled && connection === this.#world.connection && !this.#world.answers.has(id),
    );
    const [id, call] = open[which % Math.max(1, open.length)] ?? [];
    if (!call) return;
    call.isCancelled = true;
    this.#world.connection!.send(
      `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`,
    );
  }
}

describe.each<Kind>(['pipe', 'mux'])('whatever happens to the servers of a %s', (kind) => {
  it('each call is answered once, unsafe ones reach a server once at most and safe ones twice', async () => {
    const deed = fc.tuple(fc.constantFrom(...DEEDS), fc.nat(7), fc.nat(5_000));
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 40 }), async (deeds) => {
        const world = await started(kind);
        try {
          const play = new Play(world);
          for (const one of deeds) {
            await play.do(one);
            await settled();
            play.check(false);
          }
          await play.finish();
          play.check(true);
        } finally {
          await world.stop();
        }
      }),
      { numRuns: Number(process.env.RUNS ?? runs(60)) },
    );
  });
});

import { type Envelope, idKey, rawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { findMembers, type Range, spliced, textIn, valueAt } from '../../protocol/json-parts.js';
import { encodeRequest } from '../../protocol/jsonrpc.js';
import {
  CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  CLOUD_INITIALIZE,
  calledName,
  firstNameAt,
  Method,
  VERSION_KEY,
} from '../../protocol/mcp.js';
import { withName } from '../../protocol/with-id.js';
import { jsonAt, modernMeta, textAt } from './frames.js';
import { LIST_METHODS } from './items.js';
import type { Lists, Route } from './lists.js';
import type { Negotiation } from './negotiation.js';
import type { Resources } from './resources.js';
import type { ClientRequest, RouterContext, RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';
import type { Subscriptions } from './subscriptions.js';
import type { Tasks } from './tasks.js';

/** The parts of the router that requests are passed to. */
export interface RouterParts {
  negotiation: Negotiation;
  lists: Lists;
  resources: Resources;
  tasks: Tasks;
  subscriptions: Subscriptions;
}

/** Memory of a waiting request beyond its bytes, so that a million small ones count as well. */
const REQUEST_OVERHEAD_BYTES = 1024;
/** JSON-RPC 2.0 §5.1; for exceptions in mcp-pipe. */
const INTERNAL_ERROR = -32603;
/** Requests of the revisions with `initialize` that MCP 2026-07-28 has removed. */
const LEGACY_ONLY = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'tasks/list',
  'tasks/result',
]);
/** Requests that only MCP 2026-07-28 has. */
const MODERN_ONLY = new Set<string>([Method.discover, Method.listen]);
/** Members of `params` that are looked at in every request. */
const PARAMS = ['name', '_meta'];

/** Sends each request of the endpoint to the server or servers that it is for, or answers it. */
export class Requests implements RouterPart {
  readonly #context: RouterContext;
  readonly #parts: RouterParts;
  /** `params` of the last `logging/setLevel`, JSON text. */
  #level: string | undefined;
  /** Requests that are not sent to a server yet, or that mcp-pipe answers itself and has not answered yet. */
  readonly #waiting = new Set<ClientRequest>();
  #waitingBytes = 0;
  #room: Promise<void> | undefined;
  #resolveRoom = () => {};

  constructor(context: RouterContext, parts: RouterParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Sends a new process the log level that the endpoint has set last. */
  onServerReady(channel: ServerChannel): void {
    const level = this.#level;
    if (level !== undefined && channel.has('logging'))
      void this.#context.ask(channel, 'logging/setLevel', level);
  }

  onRequest(frame: Frame, envelope: Envelope): void {
    try {
      this.#take(frame, envelope);
    } catch (error) {
      this.#failed({ rawId: rawId(frame, envelope), method: envelope.method!, frame }, error);
    }
  }

  /** Resolves when the waiting requests are within their bound; undefined when they are. */
  get room(): Promise<void> | undefined {
    return this.#room;
  }

  /** Cancels a request that was not sent to a server yet; `requestId` is JSON text. */
  cancel(requestId: string): void {
    const wanted = idKey(requestId);
    for (const request of this.#waiting) {
      // MCP "Cancellation": `initialize` cannot be cancelled.
      if (idKey(request.rawId) !== wanted || request.method === Method.initialize) continue;
      request.isCancelled = true;
      this.#waiting.delete(request);
      return;
    }
  }

  #take(frame: Frame, envelope: Envelope): void {
    const method = envelope.method!;
    const { negotiation } = this.#parts;
    const first = envelope.isSimple ? firstNameAt(frame, envelope) : undefined;
    const { paramsStart } = envelope;
    const [nameAt, metaAt] = first || paramsStart < 0 ? [first] : findMembers(frame, paramsStart, PARAMS);
    const meta = modernMeta(frame, metaAt);
    const request: ClientRequest = { frame, envelope, rawId: rawId(frame, envelope), method, nameAt, meta };
    if (request.meta !== undefined) {
      if (negotiation.refusesMeta(request)) return;
      this.#context.meta = ownMeta(request.meta);
      // If every server rejected `initialize`, the servers may speak MCP 2026-07-28 only.
      const isNew = !negotiation.begun || (!negotiation.isModern && negotiation.introduced.length === 0);
      if (isNew) negotiation.beginModern();
    }
    if (request.meta !== undefined && LEGACY_ONLY.has(method)) return this.#unknown(request);
    if (meta === undefined && method === 'tools/call' && negotiation.begun) {
      // Fast path for `tools/call`, the most frequent request. The code below would do the same, slower.
      negotiation.sendInitialized();
      // A name that stands first is the one that was read for reports, and no string is made of it again.
      return this.#named(request, 'tools', nameAt, first && calledName(frame, envelope));
    }
    if (request.meta === undefined && MODERN_ONLY.has(method)) {
      return this.#context.refuse(request, -32602, `Missing ${VERSION_KEY} in params._meta.`);
    }
    if (method === Method.initialize) {
      negotiation.begin(frame);
      return this.#run(request, () => negotiation.answerInitialize(request));
    }
    // D15: a relaying endpoint that reconnects does not repeat `initialize` and `notifications/initialized`.
    if (request.meta === undefined && method !== Method.ping) {
      if (!negotiation.begun) negotiation.begin(encodeRequest('0', Method.initialize, CLOUD_INITIALIZE));
      negotiation.sendInitialized();
    }
    this.#route(request);
  }

  #route(request: ClientRequest): void {
    const { negotiation, lists, resources, tasks, subscriptions } = this.#parts;
    const list = LIST_METHODS.get(request.method);
    if (list) negotiation.retry();
    if (list) return this.#run(request, () => lists.serve(request, list));
    switch (request.method) {
      case Method.ping:
        return this.#context.answer(request, '{}');
      case 'tools/call':
        return this.#named(request, 'tools', request.nameAt);
      case 'prompts/get':
        return this.#named(request, 'prompts', request.nameAt);
      case 'resources/read':
        return this.#run(request, () => resources.read(request));
      case 'resources/subscribe':
        return this.#run(request, () => resources.subscribe(request));
      case 'resources/unsubscribe':
        return resources.unsubscribe(request);
      case 'completion/complete':
        return this.#complete(request);
      case 'logging/setLevel':
        return this.#run(request, () => this.#setLevel(request));
      case 'tasks/list':
        return this.#run(request, () => tasks.list(request));
      case 'tasks/get':
      case 'tasks/result':
      case 'tasks/cancel':
      case 'tasks/update':
        return this.#run(request, () => tasks.route(request));
      case Method.discover:
        return this.#run(request, () => negotiation.answerDiscover(request));
      case Method.listen:
        return this.#run(request, () => subscriptions.start(request));
      default:
        return this.#unknown(request);
    }
  }

  /** Sends the request to the server whose tool or prompt has the name in it. */
  #named(
    request: ClientRequest,
    kind: 'tools' | 'prompts',
    at: Range | undefined,
    name = at && textIn(request.frame, at),
  ): void {
    if (!at || name === undefined) return this.#context.refuse(request, -32602, 'Missing "name" in params.');
    const { lists } = this.#parts;
    const known = lists.known(kind, name);
    // Synchronously, so that calls reach a server in the order in which they came.
    if (known) return this.#follow(known, request, kind, name, at);
    this.#run(request, async () => this.#follow(await lists.find(kind, name), request, kind, name, at));
  }

  #follow(
    route: Route | undefined,
    request: ClientRequest,
    kind: 'tools' | 'prompts',
    name: string,
    at: Range,
  ): void {
    const channel = route && this.#context.channelOf(route.member);
    if (!channel) {
      const what = kind === 'tools' ? 'tool' : 'prompt';
      return this.#context.refuse(request, -32602, `Unknown ${what}: ${name}`);
    }
    const { frame, envelope } = request;
    const { key, spelled } = route;
    if (key === name) return this.#context.forward(channel, request, name, { key });
    const renamed = spelled
      ? withName(frame, envelope, at, spelled)
      : spliced(frame, [{ ...at, bytes: JSON.stringify(key) }]);
    this.#context.forward(channel, request, name, { key, frame: renamed });
  }

  /** `completion/complete`: sends the request to the server of the prompt (by name) or of the template (by address). */
  #complete(request: ClientRequest): void {
    const nameAt = valueAt(request.frame, ['params', 'ref', 'name']);
    if (nameAt) return this.#named(request, 'prompts', nameAt);
    const uri = textAt(request.frame, ['params', 'ref', 'uri'])?.text;
    if (uri === undefined) return this.#context.refuse(request, -32602, 'Missing "ref" in params.');
    const { lists } = this.#parts;
    this.#run(request, async () => {
      const route = (await lists.find('templates', uri)) ?? (await lists.find('resources', uri));
      const channel = route && this.#context.channelOf(route.member);
      if (channel) this.#context.forward(channel, request);
      else this.#context.refuse(request, -32602, `Unknown resource template: ${uri}`, { uri });
    });
  }

  /** `logging/setLevel`: sends the request to every running server that logs. Other servers get it when they start. */
  async #setLevel(request: ClientRequest): Promise<void> {
    const params = jsonAt(request.frame, ['params']) ?? '{}';
    const able = this.#context.channels.filter((channel) => channel.has('logging'));
    if (able.length === 0) return this.#unknown(request);
    const before = this.#level;
    this.#level = params;
    const { gatherTimeoutMs } = this.#context.options.settings;
    const asking = able.map(async (channel: ServerChannel) => {
      // A server that is down or stopped while idle gets the level from `onServerReady` when it starts.
      if (!channel.isUp || channel.member.state === 'idle-stopped') return undefined;
      const reply = await this.#context.within(
        this.#context.ask(channel, request.method, params),
        gatherTimeoutMs,
      );
      return reply === 'late' || !reply ? undefined : { channel, reply };
    });
    const told = (await Promise.all(asking)).filter((each) => each !== undefined);
    const failed = told.every(({ reply }) => reply.envelope.isError) ? told[0] : undefined;
    if (!failed) return this.#context.answer(request, '{}');
    // Every server has rejected this level.
    if (this.#level === params) this.#level = before;
    this.#context.relay(failed.channel, request, failed.reply);
  }

  #unknown(request: ClientRequest): void {
    this.#context.refuse(request, -32601, `Method not found: ${request.method}`);
  }

  /** Runs `act`, which is to answer the request. If it throws, the request is answered with an error. */
  #run(request: ClientRequest, act: () => Promise<void>): void {
    const { maxQueuedBytes } = this.#context.options.settings;
    this.#waiting.add(request);
    this.#waitingBytes += request.frame.length + REQUEST_OVERHEAD_BYTES;
    if (this.#waitingBytes > maxQueuedBytes) {
      this.#room ??= new Promise((resolve) => {
        this.#resolveRoom = resolve;
      });
    }
    act()
      .catch((error: unknown) => this.#failed(request, error))
      .finally(() => {
        this.#waiting.delete(request);
        this.#waitingBytes -= request.frame.length + REQUEST_OVERHEAD_BYTES;
        if (this.#waitingBytes > maxQueuedBytes) return;
        this.#room = undefined;
        this.#resolveRoom();
      });
  }

  /** The client is told that it failed, the log why. */
  #failed(
    request: Pick<ClientRequest, 'rawId' | 'method' | 'frame'> & Partial<ClientRequest>,
    error: unknown,
  ): void {
    this.#context.unhandled('endpoint', request.frame, error);
    const text = `mcp-pipe failed on ${request.method}. Its log says why ("invalid-message").`;
    this.#context.refuse(request, INTERNAL_ERROR, text);
  }
}

/** `_meta` for our own requests: from the `_meta` of the endpoint's request, only the members that describe the client. */
function ownMeta(meta: string): string {
  const given = JSON.parse(meta) as Record<string, unknown>;
  const kept = [VERSION_KEY, CLIENT_INFO_KEY, CAPABILITIES_KEY].filter((key) => Object.hasOwn(given, key));
  return JSON.stringify(Object.fromEntries(kept.map((key) => [key, given[key]])));
}

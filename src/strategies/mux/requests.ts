import { type Envelope, idKey, rawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { findMembers, type Range, spliced, textIn, valueAt } from '../../protocol/json-parts.js';
import { request } from '../../protocol/jsonrpc.js';
import {
  CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  CLOUD_INITIALIZE,
  Method,
  VERSION_KEY,
} from '../../protocol/mcp.js';
import type { Asked, Core } from './core.js';
import { jsonAt, modernMeta, textAt } from './frames.js';
import { LIST_METHODS } from './items.js';
import type { Listens } from './listens.js';
import type { Lists, Route } from './lists.js';
import type { Negotiation } from './negotiation.js';
import type { Port } from './port.js';
import type { Resources } from './resources.js';
import type { Tasks } from './tasks.js';

/** What a request may need. */
export interface Parts {
  negotiation: Negotiation;
  lists: Lists;
  resources: Resources;
  tasks: Tasks;
  listens: Listens;
}

/** What a request that waits costs beyond its bytes, so that a million small ones are not free. */
const REQUEST_OVERHEAD_BYTES = 1024;
/** JSON-RPC 2.0 §5.1: a fault of our own. */
const INTERNAL_ERROR = -32603;
/** Requests of the revisions with `initialize` that MCP 2026-07-28 has no more. */
const LEGACY_ONLY = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'tasks/list',
  'tasks/result',
]);
/** And the other way round. */
const MODERN_ONLY = new Set<string>([Method.discover, Method.listen]);
/** Members of `params` that are looked at in every request. */
const PARAMS = ['name', '_meta'];

/** Leads each request of the endpoint to the server, or the servers, that it is for. */
export class Requests {
  readonly #core: Core;
  readonly #parts: Parts;
  /** `params` of the last `logging/setLevel`, JSON text. */
  #level: string | undefined;
  /** Requests that wait for something before a server sees them, or before they are answered. */
  readonly #waiting = new Set<Asked>();
  #waitingBytes = 0;
  #room: Promise<void> | undefined;
  #hasRoom = () => {};

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** A fresh process is to be told what the endpoint has said about logging. */
  serverIsFresh(port: Port): void {
    const level = this.#level;
    if (level !== undefined && port.has('logging')) void this.#core.ask(port, 'logging/setLevel', level);
  }

  asked(frame: Frame, envelope: Envelope): void {
    try {
      this.#take(frame, envelope);
    } catch (error) {
      this.#failed({ rawId: rawId(frame, envelope), method: envelope.method! }, error);
    }
  }

  /** Resolves when no more wait than may; undefined when it is so. */
  get room(): Promise<void> | undefined {
    return this.#room;
  }

  /** The endpoint takes a request back that no server has yet; `requestId` is JSON text. */
  cancel(requestId: string): void {
    const wanted = idKey(requestId);
    for (const asked of this.#waiting) {
      // MCP "Cancellation": an initialize is not cancelled.
      if (idKey(asked.rawId) !== wanted || asked.method === Method.initialize) continue;
      asked.isCancelled = true;
      this.#waiting.delete(asked);
      return;
    }
  }

  #take(frame: Frame, envelope: Envelope): void {
    const method = envelope.method!;
    const { negotiation } = this.#parts;
    const { paramsStart } = envelope;
    const [nameAt, metaAt] = paramsStart < 0 ? [] : findMembers(frame, paramsStart, PARAMS);
    const meta = modernMeta(frame, metaAt);
    const asked: Asked = { frame, envelope, rawId: rawId(frame, envelope), method, nameAt, meta };
    if (asked.meta !== undefined) {
      if (negotiation.refusesMeta(asked)) return;
      this.#core.meta = ownMeta(asked.meta);
      // Servers that refuse `initialize`, every one of them, may be of this revision alone.
      const isNew = !negotiation.begun || (!negotiation.isModern && negotiation.introduced.length === 0);
      if (isNew) negotiation.beginModern();
    }
    if (asked.meta !== undefined && LEGACY_ONLY.has(method)) return this.#unknown(asked);
    if (meta === undefined && method === 'tools/call' && negotiation.begun) {
      // Nearly all there is; what follows does the same for it, only slower.
      negotiation.sayInitialized();
      return this.#named(asked, 'tools', nameAt);
    }
    if (asked.meta === undefined && MODERN_ONLY.has(method)) {
      return this.#core.refuse(asked, -32602, `Missing ${VERSION_KEY} in params._meta.`);
    }
    if (method === Method.initialize) {
      negotiation.begin(frame);
      return this.#run(asked, () => negotiation.answerInitialize(asked));
    }
    // A relaying endpoint that came back does not repeat the handshake: its callers never noticed.
    if (asked.meta === undefined && method !== Method.ping) {
      if (!negotiation.begun) negotiation.begin(request('0', Method.initialize, CLOUD_INITIALIZE));
      negotiation.sayInitialized();
    }
    this.#route(asked);
  }

  #route(asked: Asked): void {
    const { negotiation, lists, resources, tasks, listens } = this.#parts;
    const list = LIST_METHODS.get(asked.method);
    if (list) negotiation.retry();
    if (list) return this.#run(asked, () => lists.serve(asked, list));
    switch (asked.method) {
      case Method.ping:
        return this.#core.answer(asked, '{}');
      case 'tools/call':
        return this.#named(asked, 'tools', asked.nameAt);
      case 'prompts/get':
        return this.#named(asked, 'prompts', asked.nameAt);
      case 'resources/read':
        return this.#run(asked, () => resources.read(asked));
      case 'resources/subscribe':
        return this.#run(asked, () => resources.subscribe(asked));
      case 'resources/unsubscribe':
        return resources.unsubscribe(asked);
      case 'completion/complete':
        return this.#complete(asked);
      case 'logging/setLevel':
        return this.#run(asked, () => this.#setLevel(asked));
      case 'tasks/list':
        return this.#run(asked, () => tasks.list(asked));
      case 'tasks/get':
      case 'tasks/result':
      case 'tasks/cancel':
      case 'tasks/update':
        return this.#run(asked, () => tasks.route(asked));
      case Method.discover:
        return this.#run(asked, () => negotiation.answerDiscover(asked));
      case Method.listen:
        return this.#run(asked, () => listens.start(asked));
      default:
        return this.#unknown(asked);
    }
  }

  /** To the server whose tool or prompt has that name. */
  #named(asked: Asked, kind: 'tools' | 'prompts', at: Range | undefined): void {
    const name = at && textIn(asked.frame, at);
    if (!at || name === undefined) return this.#core.refuse(asked, -32602, 'Missing "name" in params.');
    const { lists } = this.#parts;
    const known = lists.known(kind, name);
    // Without a promise, so that calls reach a server in the order in which they came.
    if (known) return this.#follow(known, asked, kind, name, at);
    this.#run(asked, async () => this.#follow(await lists.find(kind, name), asked, kind, name, at));
  }

  #follow(route: Route | undefined, asked: Asked, kind: 'tools' | 'prompts', name: string, at: Range): void {
    const port = route && this.#core.portOf(route.member);
    if (!port) {
      const what = kind === 'tools' ? 'tool' : 'prompt';
      return this.#core.refuse(asked, -32602, `Unknown ${what}: ${name}`);
    }
    const { frame } = asked;
    if (route.key === name) return this.#core.forward(port, asked, name);
    const renamed = spliced(frame, [{ ...at, bytes: JSON.stringify(route.key) }]);
    this.#core.forward(port, asked, name, { frame: renamed });
  }

  /** The argument that is completed belongs to a prompt, by name, or to a template, by address. */
  #complete(asked: Asked): void {
    const nameAt = valueAt(asked.frame, ['params', 'ref', 'name']);
    if (nameAt) return this.#named(asked, 'prompts', nameAt);
    const uri = textAt(asked.frame, ['params', 'ref', 'uri'])?.text;
    if (uri === undefined) return this.#core.refuse(asked, -32602, 'Missing "ref" in params.');
    const { lists } = this.#parts;
    this.#run(asked, async () => {
      const route = (await lists.find('templates', uri)) ?? (await lists.find('resources', uri));
      const port = route && this.#core.portOf(route.member);
      if (port) this.#core.forward(port, asked);
      else this.#core.refuse(asked, -32602, `Unknown resource template: ${uri}`, { uri });
    });
  }

  /** To every server that logs and runs; the others hear of it when they come. */
  async #setLevel(asked: Asked): Promise<void> {
    const params = jsonAt(asked.frame, ['params']) ?? '{}';
    const able = this.#core.ports.filter((port) => port.has('logging'));
    if (able.length === 0) return this.#unknown(asked);
    const before = this.#level;
    this.#level = params;
    const { gatherTimeoutMs } = this.#core.options.settings;
    const asking = able.map(async (port: Port) => {
      // A server that is started by the next call is told then.
      if (!port.isUp || port.member.state === 'parked') return undefined;
      const reply = await this.#core.within(this.#core.ask(port, asked.method, params), gatherTimeoutMs);
      return reply === 'late' || !reply ? undefined : { port, reply };
    });
    const told = (await Promise.all(asking)).filter((each) => each !== undefined);
    const failed = told.every(({ reply }) => reply.envelope.isError) ? told[0] : undefined;
    if (!failed) return this.#core.answer(asked, '{}');
    // Nobody knows such a level.
    if (this.#level === params) this.#level = before;
    this.#core.relay(failed.port, asked, failed.reply);
  }

  #unknown(asked: Asked): void {
    this.#core.refuse(asked, -32601, `Method not found: ${asked.method}`);
  }

  /** Whatever goes wrong on the way, the caller gets an answer. */
  #run(asked: Asked, act: () => Promise<void>): void {
    const { maxQueuedBytes } = this.#core.options.settings;
    this.#waiting.add(asked);
    this.#waitingBytes += asked.frame.length + REQUEST_OVERHEAD_BYTES;
    if (this.#waitingBytes > maxQueuedBytes) {
      this.#room ??= new Promise((resolve) => {
        this.#hasRoom = resolve;
      });
    }
    act()
      .catch((error: unknown) => this.#failed(asked, error))
      .finally(() => {
        this.#waiting.delete(asked);
        this.#waitingBytes -= asked.frame.length + REQUEST_OVERHEAD_BYTES;
        if (this.#waitingBytes > maxQueuedBytes) return;
        this.#room = undefined;
        this.#hasRoom();
      });
  }

  #failed(asked: Pick<Asked, 'rawId' | 'method' | 'isCancelled'>, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#core.refuse(asked, INTERNAL_ERROR, `mcp-pipe failed on ${asked.method}: ${text}`);
  }
}

/** `_meta` for requests of our own, after one of the endpoint's: only what says who asks, and nothing of that one request. */
function ownMeta(meta: string): string {
  const given = JSON.parse(meta) as Record<string, unknown>;
  const kept = [VERSION_KEY, CLIENT_INFO_KEY, CAPABILITIES_KEY].filter((key) => Object.hasOwn(given, key));
  return JSON.stringify(Object.fromEntries(kept.map((key) => [key, given[key]])));
}

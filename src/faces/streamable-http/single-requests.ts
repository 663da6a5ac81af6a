import { type Envelope, idKey, rawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { header } from '../../protocol/http-headers.js';
import { Method } from '../../protocol/mcp.js';
import { type Caller, callerKey } from '../accept.js';
import type { PausableSender } from '../http/pausable-sender.js';
import { ReadPause } from '../http/read-pause.js';
import { refusal, reject } from '../http/rejection.js';
import { requestIdOf } from '../http/request-id.js';
import { always200, connectionOf, type Exchange, type Setting, versionFault } from './exchange.js';
import { MessageStream } from './message-stream.js';
import { batchFault, type Posted } from './messages.js';
import { checkModern, type ModernMessage, modernStatusOf } from './modern.js';
import { ParamHeaders } from './param-headers.js';
import { Post, type PostOptions } from './post.js';
import { SingleRequest } from './single-request.js';
import { SupportedVersions } from './supported-versions.js';

/** What a client that names no revision is taken to speak (MCP 2025-06-18 "Protocol Version Header"). */
const ASSUMED_VERSION = '2025-03-26';

/** Answers requests that belong to no session: those of MCP 2026-07-28, and those of earlier revisions where none are kept. */
export class SingleRequests {
  readonly #setting: Setting;
  readonly #paramHeaders = new ParamHeaders();
  readonly #versions: SupportedVersions;
  readonly #open = new Set<SingleRequest>();
  /** Held while no request of a caller may be read, by `callerKey`: what one has sent holds up no other. */
  readonly #pauses = new Map<string, ReadPause>();

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#versions = new SupportedVersions(() => setting.clock.now());
  }

  /** A POST of MCP 2026-07-28. */
  modern(exchange: Exchange, frame: Frame, envelope: Envelope, modern: ModernMessage): void {
    const { request, response, accepted } = exchange;
    // A client of this revision cancels by disconnecting, and sends no other notification over HTTP.
    if (envelope.kind === 'notification') return void response.writeHead(202).end();
    const method = envelope.method!;
    const id = rawId(frame, envelope);
    const rejection = checkModern(modern, method, request.headers, this.#versions, this.#paramHeaders);
    if (rejection) return reject(response, rejection, id);
    if (method === Method.listen && !accepted.stream) {
      return reject(response, refusal(406, `${method} has to accept text/event-stream`), id);
    }
    const onResult = (result: Frame) => {
      if (method === Method.listTools) this.#paramHeaders.learn(result);
      else if (method === Method.discover) this.#versions.learn(result);
    };
    const posted = { members: [{ frame, envelope }], isBatch: false, asked: new Map([[idKey(id), id]]) };
    this.#answer(exchange, posted, { statusOf: modernStatusOf, wantsLog: modern.wantsLog, onResult });
  }

  /** A POST of an earlier revision. The id of a session, of an earlier run for instance, makes no difference. */
  legacy(exchange: Exchange, posted: Posted): void {
    const { request, response } = exchange;
    const named = header(request.headers, 'mcp-protocol-version');
    const fault = versionFault(named) ?? batchFault(posted, named ?? ASSUMED_VERSION);
    if (fault) return reject(response, fault);
    // Notifications and answers have nothing to belong to.
    if (posted.asked.size === 0) return void response.writeHead(202).end();
    this.#answer(exchange, posted, { statusOf: always200, wantsLog: true });
  }

  /** Resolves when further requests of the caller may be read; undefined: at once. */
  mayRead(caller: Caller): Promise<void> | undefined {
    return this.#pauses.size === 0 ? undefined : this.#pauses.get(callerKey(caller))?.resumed();
  }

  /** Answers every open request with this error. */
  close(code: number, message: string): void {
    for (const client of [...this.#open]) client.dismiss(code, message);
  }

  #answer(
    exchange: Exchange,
    { members, isBatch, asked }: Posted,
    how: Pick<PostOptions, 'statusOf'> & { wantsLog: boolean; onResult?: (result: Frame) => void },
  ): void {
    const { clock, streamAfterMs, backend } = this.#setting;
    const { caller, accepted } = exchange;
    const readPause = this.#pauseOf(caller);
    const { statusOf, ...rest } = how;
    const clients: SingleRequest[] = [];
    const connection = connectionOf(exchange, this.#setting, () => {
      post.dispose();
      for (const client of clients) client.leave('the client left');
    });
    const stream = new MessageStream(connection);
    const post = new Post({
      ...{ clock, streamAfterMs, stream, accepted, asked, isBatch, statusOf },
      requestId: requestIdOf(exchange.request),
    });
    for (const { frame, envelope } of members) {
      if (envelope.kind !== 'request') continue;
      const onLeft = () => void this.#open.delete(client);
      const client: SingleRequest = new SingleRequest({ ...rest, caller, backend, readPause, post, onLeft });
      clients.push(client);
      this.#open.add(client);
      client.receive(frame, envelope);
    }
  }

  #pauseOf(caller: Caller): PausableSender {
    return {
      hold: (by) => {
        const key = callerKey(caller);
        const pause = this.#pauses.get(key) ?? new ReadPause();
        this.#pauses.set(key, pause);
        pause.hold(by);
      },
      release: (by) => {
        const key = callerKey(caller);
        const pause = this.#pauses.get(key);
        pause?.release(by);
        if (pause?.isHeld === false) this.#pauses.delete(key);
      },
    };
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ControlRefusal } from '../../faces/control/server.js';
import { receiveBody } from '../../faces/http/body.js';
import { isJson } from '../../faces/http/headers.js';
import { SharedBytes } from '../../faces/shared-bytes.js';
import type { PageAnswer } from '../../protocol/feed.js';
import type { Clock } from '../../time/clock.js';
import { type ActionContext, answersOf } from '../actions.js';
import type { UiRefusal } from './page-guard.js';
import type { Visitor } from './page-keys.js';

/** The longest parameters of an action, in bytes: a tool's arguments with a picture in them. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Bytes of all bodies together that have begun to arrive. */
const MAX_BODIES_BYTES = 16 * 1024 * 1024;
/** How long a body may take to arrive, in milliseconds: the longest one over a slow network. */
const BODY_TIMEOUT_MS = 60_000;
/** The longest result that a browser can be expected to show, in bytes. */
const MAX_RESULT_BYTES = 8 * 1024 * 1024;
/** How long an action may take, in milliseconds: longer than servers take that are asked to think. */
const ACTION_TIMEOUT_MS = 300_000;
/** Actions at a time. */
const MAX_RUNNING = 32;

/** The page gets one answer, and nothing beside it. */
const NO_CONNECTION = { tell: () => {}, drained: async () => {}, stay: () => {}, takeOver: () => {} };

/** Those of the control socket that the page has. */
const PAGE_ACTIONS: readonly string[] = [
  ...['restart', 'pause', 'resume', 'reconnect', 'reload', 'wake', 'sleep'],
  ...['tools/list', 'tools/call', 'health'],
  ...['approvals', 'approve', 'decline'],
];

/** A person has asked for something on the page. */
export interface PageAct {
  /** Milliseconds since 1970. */
  at: number;
  action: string;
  /** The server, link or agent that it was asked for; of a tool `memory search`; empty: all. */
  name: string;
  /** The fingerprint of the key; undefined where none is asked for. */
  key: string | undefined;
}

/** What an action comes to. */
export type Answered = PageAnswer | { refusal: UiRefusal };

/** Does what visitors ask for, by the table of actions of the control socket. */
export class PageActions {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #hears: (act: PageAct) => void;
  readonly #bodies = new SharedBytes(MAX_BODIES_BYTES);
  #running = 0;

  /** @param hears of each action that changes something, before it is done. */
  constructor(clock: Pick<Clock, 'after'>, hears: (act: PageAct) => void) {
    this.#clock = clock;
    this.#hears = hears;
  }

  /** The JSON object in the body of a request; `{}` without a body. Undefined: it was answered, or its client has left. */
  async parameters(
    request: IncomingMessage,
    response: ServerResponse,
    maxBytes = MAX_BODY_BYTES,
  ): Promise<Record<string, unknown> | UiRefusal | undefined> {
    if (!isJson(request.headers)) return 'UI_BAD_REQUEST';
    const late = this.#clock.after(BODY_TIMEOUT_MS, () => request.destroy());
    const body = await receiveBody(request, response, maxBytes, this.#bodies).finally(late);
    if (body === undefined) return undefined;
    try {
      const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      return isObject ? (value as Record<string, unknown>) : 'UI_BAD_REQUEST';
    } catch {
      return 'UI_BAD_REQUEST';
    }
  }

  /** Does the action. It is cancelled when `gone` aborts. */
  async run(
    name: string,
    params: Record<string, unknown>,
    { context, visitor, gone }: { context: ActionContext; visitor: Visitor; gone: AbortSignal },
  ): Promise<Answered> {
    const action = PAGE_ACTIONS.includes(name) ? answersOf(context)[name] : undefined;
    if (!action) return { refusal: 'UI_NOT_FOUND' };
    if (action.does !== 'read' && visitor.role !== 'write') return { refusal: 'UI_READ_ONLY' };
    if (this.#running >= MAX_RUNNING) return { refusal: 'UI_BUSY' };
    if (action.does === 'write')
      this.#hears({ at: Date.now(), action: name, name: nameIn(name, params), key: visitor.key });
    this.#running += 1;
    const ends = new AbortController();
    const stop = () => ends.abort();
    gone.addEventListener('abort', stop, { once: true });
    let cancelTimer = () => {};
    const late = new Promise<Answered>((resolve) => {
      cancelTimer = this.#clock.after(ACTION_TIMEOUT_MS, () => {
        stop();
        resolve({ refusal: 'UI_TIMED_OUT' });
      });
    });
    const by = visitor.key === undefined ? 'page' : `page #${visitor.key}`;
    const asked = { params, by, signal: ends.signal, ...NO_CONNECTION };
    const done = (async () => action.run(asked))().then(
      (result): Answered => ({ result: result ?? null }),
      errorOf,
    );
    try {
      return await Promise.race([done, late]);
    } finally {
      cancelTimer();
      gone.removeEventListener('abort', stop);
      this.#running -= 1;
    }
  }
}

/** The answer as JSON, or why it is not sent. */
export function encodeAnswer(answered: PageAnswer): Buffer | 'UI_RESULT_TOO_LONG' {
  const body = Buffer.from(JSON.stringify(answered));
  return body.length > MAX_RESULT_BYTES ? 'UI_RESULT_TOO_LONG' : body;
}

/** JSON-RPC 2.0 §5.1, "Internal error", as on the socket. */
const INTERNAL = { code: -32603, message: 'The daemon could not answer this.', data: undefined };

function errorOf(error: unknown): Answered {
  // The text of another exception may hold secrets.
  const { code, message, data } = error instanceof ControlRefusal ? error : INTERNAL;
  return { error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** What it was asked for, for the log: names are cut, as nobody has looked at them yet. */
function nameIn(action: string, { name, server }: Record<string, unknown>): string {
  const words = action.startsWith('tools/') ? [server, name] : [name];
  return words
    .filter((one) => typeof one === 'string')
    .map((one) => one.slice(0, 200))
    .join(' ');
}

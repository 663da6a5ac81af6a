import { type Envelope, type IdKey, idKey, type RawId, rawId, withId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { parsed, spliced, valueAt } from '../../protocol/json-parts.js';
import { cancelledWith, paramAsJson, progressTokenAsked } from '../../protocol/mcp.js';
import { MAX_QUESTIONS } from '../../session/questions.js';
import type { Port } from './port.js';

/** A request of a server that the endpoint has not answered. */
interface Question {
  port: Port;
  /** The id as the server spelled it. */
  rawId: RawId;
  /** The endpoint knows the question under this id instead; JSON text. */
  alias: string | undefined;
  /** JSON texts of the progress token, as the server chose it and as the endpoint knows it. */
  progress: { asked: string; sent: string } | undefined;
  /** The server does not wait any more. The id stays taken: an answer may be on its way. */
  isOver: boolean;
}

/**
 * What servers ask the endpoint: roots, sampling, elicitation. Servers count from 0 each, so ids and progress tokens meet;
 * the later one of two equal ones gets an alias.
 */
export class AskedQuestions {
  /** By the key under which the endpoint answers. */
  readonly #open = new Map<IdKey, Question>();
  /** By the progress token as the endpoint knows it. */
  readonly #byProgress = new Map<string, Question>();
  #aliases = 0;

  /** How many answers that server waits for. */
  of(port: Port): number {
    return [...this.#open.values()].filter((question) => question.port === port && !question.isOver).length;
  }

  /** The process that asked is gone. */
  serverIsGone(port: Port): void {
    for (const question of this.#open.values()) if (question.port === port) question.isOver = true;
  }

  /** Enters a question; the result is the frame for the endpoint, undefined when that server has too many open already. */
  enter(frame: Frame, envelope: Envelope, port: Port): Frame | undefined {
    if (port.questions >= MAX_QUESTIONS && !this.#makeRoom(port)) return undefined;
    const raw = rawId(frame, envelope);
    const key = idKey(raw);
    const alias = this.#open.has(key) ? this.#freeAlias('q') : undefined;
    const asked = progressTokenAsked(frame, envelope);
    const sent = asked !== undefined && this.#byProgress.has(asked) ? this.#freeAlias('p') : asked;
    const progress = asked === undefined ? undefined : { asked, sent: sent! };
    const question: Question = { port, rawId: raw, alias, progress, isOver: false };
    this.#open.set(alias ?? key, question);
    if (progress) this.#byProgress.set(progress.sent, question);
    port.questions += 1;
    const edits = [];
    if (alias) edits.push({ start: envelope.idStart, end: envelope.idEnd, bytes: alias });
    if (sent !== asked) {
      const at = valueAt(frame, ['params', '_meta', 'progressToken']);
      if (at) edits.push({ ...at, bytes: sent! });
    }
    return edits.length === 0 ? frame : spliced(frame, edits);
  }

  /** The endpoint's answer, and whom it is for; undefined when nobody asked. */
  answered(frame: Frame, envelope: Envelope): { port: Port; frame: Frame } | undefined {
    if (envelope.idStart < 0) return undefined;
    const question = this.#forget(idKey(rawId(frame, envelope)));
    if (!question || question.isOver) return undefined;
    return { port: question.port, frame: question.alias ? withId(frame, envelope, question.rawId) : frame };
  }

  /** The endpoint's progress with one of them, and whom it is for. */
  progressed(frame: Frame): { port: Port; frame: Frame } | undefined {
    const at = valueAt(frame, ['params', 'progressToken']);
    if (!at) return undefined;
    const question = this.#byProgress.get(JSON.stringify(parsed(frame, at)));
    if (!question?.progress || question.isOver) return undefined;
    const { asked, sent } = question.progress;
    return { port: question.port, frame: asked === sent ? frame : spliced(frame, [{ ...at, bytes: asked }]) };
  }

  /** A server's cancelled notification as the endpoint has to see it; undefined when it means nothing that is open. */
  cancelled(frame: Frame, port: Port): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId === undefined) return undefined;
    const wanted = idKey(requestId);
    for (const question of this.#open.values()) {
      if (question.port !== port || question.isOver || idKey(question.rawId) !== wanted) continue;
      question.isOver = true;
      return question.alias ? cancelledWith(frame, question.alias) : frame;
    }
    return undefined;
  }

  /** What it does not wait for any more is forgotten first; an answer to that would be for nobody. */
  #makeRoom(port: Port): boolean {
    for (const [key, question] of this.#open) {
      if (port.questions < MAX_QUESTIONS) break;
      if (question.port === port && question.isOver) this.#forget(key);
    }
    return port.questions < MAX_QUESTIONS;
  }

  #forget(key: IdKey): Question | undefined {
    const question = this.#open.get(key);
    if (!question) return undefined;
    this.#open.delete(key);
    question.port.questions -= 1;
    if (question.progress) this.#byProgress.delete(question.progress.sent);
    return question;
  }

  #freeAlias(kind: 'q' | 'p'): string {
    for (;;) {
      this.#aliases += 1;
      const alias = `"mcp-pipe-mux-${kind}${this.#aliases}"`;
      if (!this.#open.has(alias) && !this.#byProgress.has(alias)) return alias;
    }
  }
}

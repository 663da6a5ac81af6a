import type { RawId } from './envelope.js';

/** What a frame is: of responses, `error` is one with a member `error`. */
export type FrameKind = 'request' | 'notification' | 'response' | 'error';

/** Facts about one frame that was carried, without anything of its arguments or its result. */
export interface FrameRecord {
  /** Clock time in milliseconds. */
  at: number;
  to: 'server' | 'endpoint';
  kind: FrameKind;
  /** Of a response, the method of its request; undefined when that is not known. */
  method: string | undefined;
  /** The tool, prompt or resource that is called, as the endpoint spells it. */
  name: string | undefined;
  /** As the message spells it; undefined for a notification. */
  id: RawId | undefined;
  bytes: number;
  /** Of a response: milliseconds since its request came; undefined when its request is not known. */
  tookMs: number | undefined;
  /** Of an error: its code (JSON-RPC 2.0 §5.1). */
  code: number | undefined;
}

const KINDS: readonly FrameKind[] = ['request', 'notification', 'response', 'error'];
/** Kinds as `note` takes them, with the direction. */
export const FrameCode = { request: 0, notification: 1, response: 2, error: 3, toEndpoint: 4 } as const;
/** Added to the kind when the record has the code of an error, and what that code is multiplied by. */
const HAS_CODE = 8;
const CODES = 16;

/** Longer methods and ids are cut: they would be kept in memory. In characters. */
const MAX_TEXT = 128;
/** Numbers of one record: time, bytes, milliseconds, and kind with code. */
const NUMBERS = 4;
/** Texts of one record: method, name, id. */
const TEXTS = 3;

/** Room for so many records is made first, and doubled until there is room for all: most links carry a few frames, and then wait. */
const FIRST_ROOM = 8;

/**
 * The last frames of a link. To note a frame creates no object, because every frame is noted. What belongs to one record lies
 * together, so that it takes few lines of the processor's cache.
 */
// D143
export class FrameRing {
  readonly #size: number;
  #written = 0;
  #at = 0;
  #numbers = NONE;
  #texts: (RawId | undefined)[] = [];

  /** @param size Number of frames that are kept. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Number of frames that were noted so far, dropped ones included. */
  get written(): number {
    return this.#written;
  }

  /** Notes a frame. `kind` is one of `FrameCode`, and `toEndpoint` if that is its direction; `tookMs` is NaN without one. */
  note(
    kind: number,
    now: number,
    bytes: number,
    method: string | undefined,
    name: string | undefined,
    id: RawId | undefined,
    tookMs: number,
  ): void {
    const at = this.#at;
    if (at * NUMBERS === this.#numbers.length) this.#grow();
    const numbers = this.#numbers;
    const texts = this.#texts;
    const first = at * NUMBERS;
    numbers[first] = now;
    numbers[first + 1] = bytes;
    numbers[first + 2] = tookMs;
    numbers[first + 3] = kind;
    const text = at * TEXTS;
    texts[text] = method !== undefined && method.length > MAX_TEXT ? cut(method) : method;
    texts[text + 1] = name;
    texts[text + 2] = typeof id === 'string' && id.length > MAX_TEXT ? cut(id) : id;
    this.#at = at + 1 === this.#size ? 0 : at + 1;
    this.#written += 1;
  }

  /** Adds the code of an error to the frame that was noted last. */
  addCode(code: number): void {
    const last = ((this.#at + this.#size - 1) % this.#size) * NUMBERS + 3;
    if (Number.isSafeInteger(code * CODES)) this.#numbers[last]! += HAS_CODE + code * CODES;
  }

  /** The frames that are kept, oldest first. The last one is number `written` - 1. */
  records(): FrameRecord[] {
    const count = Math.min(this.#written, this.#size);
    return Array.from({ length: count }, (_, k) =>
      this.#record((this.#at + this.#size - count + k) % this.#size),
    );
  }

  #record(at: number): FrameRecord {
    const [now, bytes, tookMs, kindAndCode] = this.#numbers.subarray(at * NUMBERS, (at + 1) * NUMBERS);
    const [method, name, id] = this.#texts.slice(at * TEXTS, (at + 1) * TEXTS);
    const code = Math.floor(kindAndCode! / CODES);
    const kind = kindAndCode! - code * CODES;
    return {
      at: now!,
      to: kind & FrameCode.toEndpoint ? 'endpoint' : 'server',
      kind: KINDS[kind & 3]!,
      method: method as string | undefined,
      name: name as string | undefined,
      id,
      bytes: bytes!,
      tookMs: Number.isNaN(tookMs) ? undefined : tookMs,
      code: kind & HAS_CODE ? code : undefined,
    };
  }

  /** All room is taken, and nothing was written over yet. */
  #grow(): void {
    const room = Math.min(this.#size, Math.max(FIRST_ROOM, 2 * this.#at));
    const numbers = new Float64Array(room * NUMBERS);
    numbers.set(this.#numbers);
    const texts = new Array(room * TEXTS).fill(undefined);
    for (const [i, text] of this.#texts.entries()) texts[i] = text;
    this.#numbers = numbers;
    this.#texts = texts;
  }
}

const NONE = new Float64Array(0);

/** Copied, because a part of a long string keeps the whole string in memory. */
function cut(text: string): string {
  return Buffer.from(text.slice(0, MAX_TEXT)).toString();
}

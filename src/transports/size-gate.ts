import { type OversizeMessage, OversizeReader } from '../protocol/oversize.js';

const CONTINUATION = 0x0;
/** Opcodes from here on are control frames (RFC 6455 §5.5): short, and allowed between fragments. */
const FIRST_CONTROL = 0x8;
/** What holding back one fragment costs beyond its bytes, so that a million empty ones are not free. */
const FRAGMENT_OVERHEAD_BYTES = 128;

/** A frame's header (RFC 6455 §5.2). */
interface Header {
  opcode: number;
  final: boolean;
  /** Bytes of the header itself. */
  size: number;
  /** Bytes of the payload. */
  length: number;
}

/** A message in fragments, held back until its last one tells that it fits. */
interface Fragments {
  /** As they came, to be passed on. */
  raw: Buffer[];
  payload: Buffer[];
  bytes: number;
}

/**
 * Takes messages over the bound out of a WebSocket byte stream, before anybody would collect them, so that one of them
 * ends neither the connection nor the memory. Everything else passes byte for byte, breaches of the protocol included:
 * judging those is the business of the WebSocket library behind it.
 */
export class SizeGate {
  readonly #maxMessageBytes: number;
  readonly #onOversize: (message: OversizeMessage) => void;
  /** The beginning of a header whose rest has not come. */
  #headerStart: Buffer | undefined;
  /** Payload bytes of the present frame that are still to come. */
  #left = 0;
  /** What happens to the present frame. */
  #frame: 'pass' | 'hold' | 'drop' = 'pass';
  #final = true;
  #fragments: Fragments | undefined;
  /** Of a message that is being dropped, until its last fragment. */
  #long: OversizeReader | undefined;

  constructor(maxMessageBytes: number, onOversize: (message: OversizeMessage) => void) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#onOversize = onOversize;
  }

  /** What passes, in order; mostly the chunk itself. */
  push(chunk: Buffer): readonly Buffer[] {
    if (this.#frame === 'pass' && this.#left >= chunk.length && !this.#headerStart) {
      this.#left -= chunk.length;
      return [chunk];
    }
    return this.#walk(chunk);
  }

  #walk(chunk: Buffer): Buffer[] {
    const data = this.#headerStart ? Buffer.concat([this.#headerStart, chunk]) : chunk;
    this.#headerStart = undefined;
    const passed: Buffer[] = [];
    // What passes in one piece goes out in one piece.
    let from = 0;
    let at = 0;
    const pass = (end: number) => {
      if (end > from) passed.push(data.subarray(from, end));
    };
    while (at < data.length || (this.#left === 0 && this.#frame !== 'pass')) {
      if (this.#left > 0) {
        const piece = data.subarray(at, at + this.#left);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#frame !== 'pass') {
          this.#withhold(piece);
          from = at;
        }
      }
      if (this.#left > 0) break;
      if (this.#frame !== 'pass' && this.#final) {
        passed.push(...this.#endMessage());
        from = at;
      }
      this.#frame = 'pass';
      if (at === data.length) break;
      const header = headerAt(data, at);
      if (!header) {
        pass(at);
        // Copied: a view would keep the whole chunk in memory.
        this.#headerStart = Buffer.from(data.subarray(at));
        return passed;
      }
      this.#frame = this.#verdict(header);
      this.#left = header.length;
      this.#final = header.final;
      if (this.#frame !== 'pass') {
        pass(at);
        if (this.#fragments) this.#fragments.raw.push(data.subarray(at, at + header.size));
        from = at + header.size;
      }
      at += header.size;
    }
    pass(at);
    return passed;
  }

  #verdict({ opcode, final, length }: Header): 'pass' | 'hold' | 'drop' {
    if (opcode >= FIRST_CONTROL) return 'pass';
    if (this.#long) return 'drop';
    if (opcode !== CONTINUATION && !this.#fragments && final) {
      if (length <= this.#maxMessageBytes) return 'pass';
      this.#long = new OversizeReader();
      return 'drop';
    }
    // A continuation of nothing is for the library to judge.
    if (opcode === CONTINUATION && !this.#fragments) return 'pass';
    this.#fragments ??= { raw: [], payload: [], bytes: 0 };
    this.#fragments.bytes += length + FRAGMENT_OVERHEAD_BYTES;
    if (this.#fragments.bytes <= this.#maxMessageBytes + FRAGMENT_OVERHEAD_BYTES) return 'hold';
    this.#long = new OversizeReader();
    for (const piece of this.#fragments.payload) this.#long.push(piece);
    this.#fragments = undefined;
    return 'drop';
  }

  #withhold(piece: Buffer): void {
    if (this.#frame === 'drop') this.#long!.push(piece);
    else {
      this.#fragments!.raw.push(piece);
      this.#fragments!.payload.push(piece);
    }
  }

  #endMessage(): Buffer[] {
    const { raw = [] } = this.#fragments ?? {};
    this.#fragments = undefined;
    const long = this.#long;
    this.#long = undefined;
    if (long) this.#onOversize(long.end());
    return raw;
  }
}

function headerAt(data: Buffer, at: number): Header | undefined {
  if (data.length < at + 2) return undefined;
  const second = data[at + 1]!;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  // A server's frames are not masked (§5.1); a masked one is walked over all the same.
  const size = 2 + extended + (second >= 0x80 ? 4 : 0);
  if (data.length < at + size) return undefined;
  const length =
    extended === 0
      ? short
      : extended === 2
        ? data.readUInt16BE(at + 2)
        : Number(data.readBigUInt64BE(at + 2));
  return { opcode: data[at]! & 0x0f, final: data[at]! >= 0x80, size, length };
}

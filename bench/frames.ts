/** WebSocket framing (RFC 6455 §5.2) as a load generator needs it: cheap, and nothing checked twice. */

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/** All four bytes of the key of a client. One byte alone, so that an id can be filled in wherever it stands. */
export const CLIENT_MASK = 0x5a;

/** A whole text message: unmasked, as a server sends it, or with the mask of a client. */
export function textFrame(text: string, mask = 0): Buffer {
  return frame(TEXT, Buffer.from(text), mask);
}

export function closeFrame(code: number, mask = 0): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame(CLOSE, payload, mask);
}

function frame(opcode: number, payload: Buffer, mask: number): Buffer {
  const { length } = payload;
  const masked = mask === 0 ? 0 : 0x80;
  let head: Buffer;
  if (length < 126) head = Buffer.from([0x80 | opcode, masked | length]);
  else if (length < 65_536) {
    head = Buffer.from([0x80 | opcode, masked | 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.from([0x80 | opcode, masked | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUIntBE(length, 4, 6);
  }
  if (masked === 0) return Buffer.concat([head, payload]);
  return Buffer.concat([head, Buffer.alloc(4, mask), payload.map((byte) => byte ^ mask)]);
}

export interface Incoming {
  /** Whole messages and their bytes, as they come. */
  onMessages: (count: number, bytes: number) => void;
  /** To be written back. */
  onPing: (pong: Buffer) => void;
  onClose: (payload: Buffer) => void;
}

/** Counts messages, of a client or of a server; looks into none but control frames. */
export class FrameCounter {
  readonly #incoming: Incoming;
  /** That of the answers. */
  readonly #mask: number;
  #head: Buffer = Buffer.alloc(0);
  /** Payload bytes of the present frame that are still to come. */
  #left = 0;
  #final = false;

  constructor(incoming: Incoming, mask = 0) {
    this.#incoming = incoming;
    this.#mask = mask;
  }

  push(chunk: Buffer): void {
    let messages = 0;
    let bytes = 0;
    let at = 0;
    let data = chunk;
    if (this.#head.length > 0) {
      data = Buffer.concat([this.#head, chunk]);
      this.#head = Buffer.alloc(0);
    }
    while (at < data.length) {
      if (this.#left > 0) {
        const take = Math.min(this.#left, data.length - at);
        this.#left -= take;
        at += take;
        bytes += take;
        if (this.#left === 0 && this.#final) messages += 1;
        continue;
      }
      const size = headerBytes(data, at);
      if (data.length < at + size) {
        this.#head = data.subarray(at);
        break;
      }
      const opcode = data[at]! & 0x0f;
      const length = payloadBytes(data, at);
      if (opcode < CLOSE) {
        this.#left = length;
        this.#final = data[at]! >= 0x80;
        at += size;
        if (length === 0 && this.#final) messages += 1;
        continue;
      }
      if (data.length < at + size + length) {
        this.#head = data.subarray(at);
        break;
      }
      at += size;
      const isMasked = data[at - size + 1]! >= 0x80;
      const payload = isMasked ? unmask(data, at, length) : data.subarray(at, at + length);
      at += length;
      if (opcode === PING) this.#incoming.onPing(frame(PONG, payload, this.#mask));
      if (opcode === CLOSE) this.#incoming.onClose(frame(CLOSE, payload, this.#mask));
    }
    if (messages > 0 || bytes > 0) this.#incoming.onMessages(messages, bytes);
  }
}

/** Bytes of the header at `at`, with the key where there is one; more than there are while it is incomplete. */
function headerBytes(data: Buffer, at: number): number {
  if (data.length < at + 2) return 2;
  const second = data[at + 1]!;
  const short = second & 0x7f;
  return (short < 126 ? 2 : short === 126 ? 4 : 10) + (second >= 0x80 ? 4 : 0);
}

function payloadBytes(data: Buffer, at: number): number {
  const short = data[at + 1]! & 0x7f;
  if (short < 126) return short;
  return short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
}

function unmask(data: Buffer, at: number, length: number): Buffer {
  const payload = Buffer.from(data.subarray(at, at + length));
  for (let i = 0; i < length; i++) payload[i]! ^= data[at - 4 + (i % 4)]!;
  return payload;
}

/** WebSocket framing (RFC 6455 §5.2) as a load generator needs it: cheap, and nothing checked twice. */

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/** A whole text message, unmasked, as a server sends it. */
export function textFrame(text: string): Buffer {
  return frame(TEXT, Buffer.from(text));
}

export function closeFrame(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame(CLOSE, payload);
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  let head: Buffer;
  if (length < 126) head = Buffer.from([0x80 | opcode, length]);
  else if (length < 65_536) {
    head = Buffer.from([0x80 | opcode, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUIntBE(length, 4, 6);
  }
  return Buffer.concat([head, payload]);
}

export interface Incoming {
  /** Whole messages and their bytes, as they come. */
  onMessages: (count: number, bytes: number) => void;
  /** To be written back. */
  onPing: (pong: Buffer) => void;
  onClose: (payload: Buffer) => void;
}

/** Counts the messages of a client, whose frames are masked; looks into none but control frames. */
export class FrameCounter {
  readonly #incoming: Incoming;
  #head: Buffer = Buffer.alloc(0);
  /** Payload bytes of the present frame that are still to come. */
  #left = 0;
  #final = false;

  constructor(incoming: Incoming) {
    this.#incoming = incoming;
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
      const header = headerAt(data, at);
      const control = header !== undefined && header.opcode >= CLOSE;
      if (header === undefined || (control && data.length < at + header.size + header.length)) {
        this.#head = data.subarray(at);
        break;
      }
      at += header.size;
      if (control) {
        const payload = unmask(data, at, header.length);
        at += header.length;
        if (header.opcode === PING) this.#incoming.onPing(frame(PONG, payload));
        if (header.opcode === CLOSE) this.#incoming.onClose(frame(CLOSE, payload));
        continue;
      }
      this.#left = header.length;
      this.#final = header.final;
      if (header.length === 0 && header.final) messages += 1;
    }
    if (messages > 0 || bytes > 0) this.#incoming.onMessages(messages, bytes);
  }
}

function headerAt(data: Buffer, at: number) {
  if (data.length < at + 2) return undefined;
  const short = data[at + 1]! & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const size = 2 + extra + 4;
  if (data.length < at + size) return undefined;
  const length =
    extra === 0 ? short : extra === 2 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
  return { opcode: data[at]! & 0x0f, final: data[at]! >= 0x80, size, length };
}

function unmask(data: Buffer, at: number, length: number): Buffer {
  const payload = Buffer.from(data.subarray(at, at + length));
  for (let i = 0; i < length; i++) payload[i]! ^= data[at - 4 + (i % 4)]!;
  return payload;
}

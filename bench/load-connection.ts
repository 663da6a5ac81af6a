import type { Socket } from 'node:net';
import { closeFrame, FrameCounter, textFrame } from './frames.js';

/** Of every id, so that all requests have the same length. */
const ID_DIGITS = 9;

/** One connection with a subject; the load is written and counted here. */
export class LoadConnection {
  /** Messages received since the connection was made. */
  received = 0;
  receivedBytes = 0;
  /** Called after each chunk that completed messages or carried a part of one. */
  onReceived: (messages: number) => void = () => {};
  closed = false;
  /** The tools that are called, in turn from one write to the next. */
  tools: readonly string[] = ['bench'];
  #turn = 0;
  readonly #socket: Socket;
  #nextId = 10 ** (ID_DIGITS - 1);
  readonly #made = new Map<string, { params: string; frame: Buffer; idAt: number }>();
  readonly #mask: number;
  #closing = false;

  /** @param mask That of a client, where the subject listens; 0 where it dials. */
  constructor(socket: Socket, mask = 0) {
    this.#socket = socket;
    this.#mask = mask;
    socket.setNoDelay(true);
    const counter = new FrameCounter(
      {
        onMessages: (messages, bytes) => {
          this.received += messages;
          this.receivedBytes += bytes;
          this.onReceived(messages);
        },
        onPing: (pong) => socket.write(pong),
        // The server ends the TCP connection, whichever side began to close (RFC 6455 §7.1.1).
        onClose: (answer) => socket.end(this.#closing ? '' : answer),
      },
      mask,
    );
    socket.on('data', (chunk: Buffer) => counter.push(chunk));
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('error', () => {});
  }

  /** `countCall` requests in one write. `params` is the inside of a JSON object. */
  request(count: number, params: string): void {
    const { frame, idAt } = this.#template(params);
    const mask = this.#mask;
    const block = Buffer.allocUnsafe(frame.length * count);
    for (let i = 0, at = 0; i < count; i++, at += frame.length) {
      block.set(frame, at);
      let id = this.#nextId++;
      for (let digit = at + idAt + ID_DIGITS - 1; id > 0; digit--) {
        block[digit] = (0x30 + (id % 10)) ^ mask;
        id = Math.floor(id / 10);
      }
    }
    this.#socket.write(block);
  }

  /** A request whose id is to be filled in: making each one anew would cost more than the subjects spend on it. */
  #template(params: string) {
    const tool = this.tools[this.#turn++ % this.tools.length]!;
    const made = this.#made.get(tool);
    if (made?.params === params) return made;
    const head = '{"jsonrpc":"2.0","id":';
    const rest = `,"method":"tools/call","params":{"name":"${tool}","arguments":{${params}}}}`;
    const frame = textFrame(head + '0'.repeat(ID_DIGITS) + rest, this.#mask);
    const fresh = { params, frame, idAt: frame.length - Buffer.byteLength(rest) - ID_DIGITS };
    this.#made.set(tool, fresh);
    return fresh;
  }

  /** What the cloud does first. */
  async greet(): Promise<void> {
    const params = JSON.stringify({
      protocolVersion: '2024-11-05',
      capabilities: { roots: { listChanged: false }, sampling: {} },
      clientInfo: { name: 'bench', version: '1' },
    });
    const answered = this.messages(this.received + 1);
    this.#say(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":${params}}`);
    await answered;
    this.#say('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  }

  /** One request and its answer. */
  async ask(params = ''): Promise<void> {
    const answered = this.messages(this.received + 1);
    this.request(1, params);
    await answered;
  }

  /** What every endpoint asks for before it calls a tool. */
  async list(): Promise<void> {
    const answered = this.messages(this.received + 1);
    this.#say('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    await answered;
  }

  #say(text: string): void {
    this.#socket.write(textFrame(text, this.#mask));
  }

  /** Asks again and again until an answer comes: a program may lose requests while its server is away. */
  async insist(): Promise<void> {
    const answered = this.messages(this.received + 1);
    const again = setInterval(() => this.request(1, ''), 200);
    this.request(1, '');
    await answered;
    clearInterval(again);
  }

  /** Resolves when `total` messages have come. */
  messages(total: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.received < total) return;
        this.onReceived = () => {};
        resolve();
      };
      this.onReceived = look;
      look();
    });
  }

  close(code: number): void {
    this.#closing = true;
    this.#socket.write(closeFrame(code, this.#mask));
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

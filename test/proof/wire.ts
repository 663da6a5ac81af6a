import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { now } from './now.js';
import { RespReader, type Value } from './resp.js';

/** A step of leases that was sent, until it was answered; `tookMs` is undefined when no answer came. */
export interface Operation {
  step: string;
  tookMs: number | undefined;
}

const STEPS = new Set(['take', 'renew', 'release']);

/**
 * The wire between one process and Redis, which can be cut and slow: a relay that passes bytes on later, or not at all while it
 * is cut. Both ends keep their connections meanwhile, and what was sent before arrives after, as on a real network. It measures
 * the steps of leases that pass.
 */
export class Wire {
  /** Where Redis is now. Connections that are open stay where they are. */
  target: number;
  /** For each direction, in ms. */
  delayMs = 0;
  readonly operations: Operation[] = [];
  readonly #server: Server;
  readonly #flows = new Set<Flow>();
  readonly #sockets = new Set<Socket>();
  readonly #isMeasured: boolean;
  #isCut = false;

  private constructor(target: number, isMeasured: boolean) {
    this.target = target;
    this.#isMeasured = isMeasured;
    this.#server = createServer((near) => this.#relay(near));
  }

  /** @param isMeasured False: what passes is not read; between two Redis it is no questions and answers. */
  static async to(target: number, isMeasured = true): Promise<Wire> {
    const wire = new Wire(target, isMeasured);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  set isCut(isCut: boolean) {
    this.#isCut = isCut;
    if (!isCut) for (const flow of this.#flows) flow.pass();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    const steps = this.#isMeasured ? new Steps(this.operations) : undefined;
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    this.#flow(
      near,
      far,
      (piece) => steps?.asked(piece),
      () => {},
    );
    this.#flow(
      far,
      near,
      () => {},
      (piece) => steps?.answered(piece),
    );
    near.once('close', () => steps?.ended());
  }

  #flow(from: Socket, to: Socket, seen: (piece: Buffer) => void, passed: (piece: Buffer) => void): void {
    const flow = new Flow(to, passed, () => this.#isCut);
    this.#flows.add(flow);
    from.on('data', (piece: Buffer) => {
      seen(piece);
      flow.take(piece, this.delayMs);
    });
    from.once('close', () => flow.take(undefined, this.delayMs));
    to.once('close', () => this.#flows.delete(flow));
  }
}

/** One direction of one connection. */
class Flow {
  readonly #to: Socket;
  readonly #passed: (piece: Buffer) => void;
  readonly #isCut: () => boolean;
  /** Undefined is the end. */
  #waiting: { at: number; piece: Buffer | undefined }[] = [];

  constructor(to: Socket, passed: (piece: Buffer) => void, isCut: () => boolean) {
    this.#to = to;
    this.#passed = passed;
    this.#isCut = isCut;
  }

  take(piece: Buffer | undefined, delayMs: number): void {
    this.#waiting.push({ at: now() + delayMs, piece });
    if (delayMs === 0) this.pass();
    else setTimeout(() => this.pass(), delayMs + 1);
  }

  /** Passes on whatever is due. */
  pass(): void {
    while (!this.#isCut() && this.#waiting[0] && this.#waiting[0].at <= now()) {
      const { piece } = this.#waiting.shift()!;
      if (!piece) this.#to.destroy();
      else {
        this.#passed(piece);
        if (!this.#to.destroyed) this.#to.write(piece);
      }
    }
  }
}

/** The steps of one connection: answers come in the order of the questions. */
class Steps {
  readonly #operations: Operation[];
  readonly #questions = new RespReader();
  readonly #answers = new RespReader();
  readonly #pending: { step: string | undefined; at: number }[] = [];

  constructor(operations: Operation[]) {
    this.#operations = operations;
  }

  asked(piece: Buffer): void {
    for (const question of this.#questions.read(piece))
      this.#pending.push({ step: stepOf(question), at: now() });
  }

  answered(piece: Buffer): void {
    for (const _ of this.#answers.read(piece)) {
      const one = this.#pending.shift();
      if (one?.step) this.#operations.push({ step: one.step, tookMs: now() - one.at });
    }
  }

  ended(): void {
    for (const { step } of this.#pending.splice(0))
      if (step) this.#operations.push({ step, tookMs: undefined });
  }
}

/** EVALSHA hash count keys… step … */
function stepOf(question: Value): string | undefined {
  if (!Array.isArray(question) || !/^EVAL(SHA)?$/i.test(String(question[0]))) return undefined;
  const step = String(question[3 + Number(question[2])]);
  return STEPS.has(step) ? step : undefined;
}

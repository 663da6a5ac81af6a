/** The members of a socket that answering pings needs. */
export interface PongSocket {
  /** Sends a pong. `written` is called when the system has taken the frame, or when the socket has ended. */
  pong(payload: Buffer, mask: undefined, written: () => void): void;
}

/** This many pongs may wait to be written. */
const MAX_UNWRITTEN = 32;

/**
 * Answers the endpoint's pings. When many come at once, or the endpoint does not read, only the latest one is answered (RFC
 * 6455 §5.5.3), so that pings never fill memory.
 */
export class Pongs {
  readonly #socket: PongSocket;
  #unwritten = 0;
  #latest: Buffer | undefined;

  constructor(socket: PongSocket) {
    this.#socket = socket;
  }

  pinged(payload: Buffer): void {
    if (this.#unwritten >= MAX_UNWRITTEN) {
      this.#latest = payload;
      return;
    }
    this.#unwritten += 1;
    this.#socket.pong(payload, undefined, () => {
      this.#unwritten -= 1;
      const latest = this.#latest;
      this.#latest = undefined;
      if (latest) this.pinged(latest);
    });
  }
}

/** What answering pings needs of a socket. */
export interface PongSocket {
  /** `written` is called when the system has taken the frame, or never will. */
  pong(payload: Buffer, mask: undefined, written: () => void): void;
}

/** So many answers may wait to be written. */
const MAX_UNWRITTEN = 32;

/**
 * Answers the endpoint's pings. When many come at once, or the endpoint reads nothing, the latest is answered for all
 * that came before it (RFC 6455 §5.5.3): no number of pings fills memory, or is a reason to hang up.
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

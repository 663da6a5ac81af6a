/** Stands before the number of a round trip in the content of a ping. */
const TRIP = '#';

/**
 * Knows how many of the sent bytes the far side has read. The system takes megabytes long before they arrive, so a ping is
 * sent behind them: the far side answers the ping only after it has read everything before it (RFC 6455 §5.5.2).
 */
// D32
export class ReadConfirmations {
  readonly #ping: (payload: string) => void;
  #sent = 0;
  #read = 0;
  #asked = 0;
  /** Number of pings so far of `roundTrip`, and those that are not answered. */
  #trips = 0;
  #pendingTrips: { trip: number; resolve: () => void }[] = [];
  #waiting: { upTo: number; resolve: () => void }[] = [];

  constructor(ping: (payload: string) => void) {
    this.#ping = ping;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** Bytes that the far side may not have read. */
  get unreadBytes(): number {
    return this.#sent - this.#read;
  }

  ask(): void {
    this.#asked = this.#sent;
    this.#ping(String(this.#sent));
  }

  ponged(payload: Buffer): void {
    const [bytes, trip] = payload.toString('latin1').split(TRIP);
    if (trip !== undefined) this.#returned(Number(trip));
    const read = Number(bytes);
    // An endpoint may send pongs without a ping, with any content (§5.5.3).
    if (!(read > this.#read && read <= this.#asked)) return;
    this.#read = read;
    this.#release(read);
  }

  /** Resolves when the far side has read everything that was sent so far, or when `end` is called. */
  whenRead(): Promise<void> {
    if (this.#asked < this.#sent) this.ask();
    return new Promise((resolve) => this.#waiting.push({ upTo: this.#sent, resolve }));
  }

  /** Sends a ping, and resolves when its pong has come, or when `end` is called. */
  roundTrip(): Promise<void> {
    this.#asked = this.#sent;
    this.#trips += 1;
    const trip = this.#trips;
    this.#ping(`${this.#sent}${TRIP}${trip}`);
    return new Promise((resolve) => this.#pendingTrips.push({ trip, resolve }));
  }

  end(): void {
    this.#release(Number.POSITIVE_INFINITY);
    this.#returned(this.#trips);
  }

  #returned(trip: number): void {
    const pending = this.#pendingTrips;
    this.#pendingTrips = pending.filter((one) => one.trip > trip);
    for (const one of pending) if (one.trip <= trip) one.resolve();
  }

  #release(upTo: number): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((one) => one.upTo > upTo);
    for (const one of waiting) if (one.upTo <= upTo) one.resolve();
  }
}

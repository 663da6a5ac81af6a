import { STORE } from '../src/leases/store-defaults.ts';

const TICK_MS = 100;

/**
 * Machines that all want the same tokens, one slot each, as numbers: what the code does by its timers, drawn at random. Time goes on
 * in ticks. test/helpers/lease-fleet.ts runs the code itself, for fewer machines.
 */
export class Fleet {
  #at = 0;
  #machines;
  #tokens;
  #cost;
  /** Of each token: the machine that has it, or -1; the end of its lease; when it is renewed; when it may be offered. */
  #owner;
  #until;
  #renewAt;
  #offerAt;
  /** Since when it has had no owner that lives. */
  #freeSince;
  /** Tokens to look at, by tick. */
  #renewals = new Map();
  #offers = new Map();
  #offered = [];
  #alive;
  #quietUntil = 0;
  #isDown = false;
  #asked = 0;
  #us = 0;
  #peak = 0;
  #peakUs = 0;
  #second = { asked: 0, us: 0 };
  #without = [];

  constructor({ machines, tokens, cost }) {
    [this.#machines, this.#tokens, this.#cost] = [machines, tokens, cost];
    this.#owner = new Int32Array(tokens).fill(-1);
    this.#until = new Float64Array(tokens);
    this.#renewAt = new Float64Array(tokens);
    this.#offerAt = new Float64Array(tokens).fill(Number.POSITIVE_INFINITY);
    this.#freeSince = new Float64Array(tokens);
    this.#alive = new Uint8Array(machines).fill(1);
  }

  scenarios() {
    const rows = {};
    const run = (name, seconds, each = () => {}) => {
      [this.#asked, this.#us, this.#peak, this.#peakUs, this.#without] = [0, 0, 0, 0, []];
      let all;
      for (let s = 0; s < seconds; s++) {
        each(s);
        this.#passSecond();
        if (all === undefined && this.#isOwned()) all = s + 1;
        else if (!this.#isOwned()) all = undefined;
      }
      const sorted = this.#without.sort((a, b) => a - b);
      const part = (p) =>
        sorted.length === 0 ? '' : (sorted[Math.floor(p * (sorted.length - 1))] / 1_000).toFixed(1);
      rows[name] = {
        'steps a second': Math.round(this.#asked / seconds),
        peak: this.#peak,
        'part of a core': (this.#us / seconds / 1e6).toFixed(2),
        'at peak': (this.#peakUs / 1e6).toFixed(2),
        moved: sorted.length,
        'without owner, s: half': part(0.5),
        '99 of 100': part(0.99),
        last: part(1),
        'all owned after s': all ?? `not in ${seconds}`,
      };
    };
    this.#quietUntil = STORE.ttlMs;
    run('all start, Redis is empty', 1_800);
    run('nothing happens', 120);
    run('a machine dies', 120, (s) => s === 0 && this.#kill([0]));
    run('a tenth of them dies', 200, (s) => {
      if (s === 0) this.#kill(Array.from({ length: this.#machines / 10 }, (_, i) => i));
    });
    this.#alive.fill(1);
    run('one restarts every 2 s', 300, (s) => s % 2 === 0 && this.#restart((s / 2) % this.#machines));
    run('Redis is away for 10 s and comes back empty', 120, (s) => {
      this.#isDown = s < 10;
      if (s !== 10) return;
      this.#quietUntil = this.#at + STORE.ttlMs;
      // It has heard of no token yet.
      this.#offerAt.fill(Number.POSITIVE_INFINITY);
    });
    run('a machine dies, then Redis is restarted empty', 900, (s) => {
      if (s === 0) this.#kill([this.#machines - 1]);
      if (s !== 1) return;
      this.#quietUntil = this.#at + STORE.ttlMs;
      this.#offerAt.fill(Number.POSITIVE_INFINITY);
      for (let token = 0; token < this.#tokens; token++) if (!this.#lives(token)) this.#until[token] = 0;
    });
    return rows;
  }

  #passSecond() {
    this.#second = { asked: 0, us: 0 };
    for (let i = 0; i < 1_000; i += TICK_MS) this.#tick();
    this.#peak = Math.max(this.#peak, this.#second.asked);
    this.#peakUs = Math.max(this.#peakUs, this.#second.us);
  }

  #tick() {
    this.#at += TICK_MS;
    const tick = Math.round(this.#at / TICK_MS);
    for (const token of this.#renewals.get(tick) ?? []) this.#renew(token);
    this.#renewals.delete(tick);
    for (const token of this.#offers.get(tick) ?? [])
      if (this.#offerAt[token] <= this.#at) this.#offered.push(token);
    this.#offers.delete(tick);
    if (this.#isDown) return;
    const looks = this.#machines * ((TICK_MS * STORE.looks) / STORE.ttlMs);
    for (let i = 0; i < looks; i++) this.#look();
    const seconds = TICK_MS / 1_000;
    const asks = Math.min(
      STORE.looksPerSecond,
      (this.#machines * this.#tokens * STORE.looks * 1_000) / STORE.ttlMs,
    );
    for (let i = 0; i < asks * seconds; i++) this.#ask(Math.floor(this.#tokens * Math.random()));
  }

  #renew(token) {
    if (!this.#lives(token) || this.#renewAt[token] > this.#at) return;
    const isRenewed = !this.#isDown;
    if (isRenewed) {
      this.#count('renew');
      this.#until[token] = this.#at + STORE.ttlMs;
      this.#offerLater(token, this.#until[token]);
    }
    this.#renewLater(token, STORE.ttlMs / (isRenewed ? STORE.renewals : STORE.retries));
  }

  /** A machine learns what is free, and asks for it. */
  #look() {
    this.#count('offers');
    for (const token of this.#offered.splice(0, STORE.offers)) {
      this.#offerLater(token, this.#at + STORE.offeredForMs);
      this.#ask(token);
    }
  }

  #ask(token) {
    const isFree = this.#until[token] <= this.#at && this.#at >= this.#quietUntil;
    this.#count(isFree ? 'take' : 'look');
    if (!isFree) return;
    let machine;
    do machine = Math.floor(this.#machines * Math.random());
    while (!this.#alive[machine]);
    this.#owner[token] = machine;
    this.#until[token] = this.#at + STORE.ttlMs;
    this.#without.push(this.#at - this.#freeSince[token]);
    this.#freeSince[token] = Number.POSITIVE_INFINITY;
    this.#offerLater(token, this.#until[token]);
    this.#renewLater(token, STORE.ttlMs / STORE.renewals);
  }

  #kill(machines) {
    for (const machine of machines) this.#alive[machine] = 0;
    for (let token = 0; token < this.#tokens; token++)
      if (machines.includes(this.#owner[token])) this.#freeSince[token] = this.#at;
  }

  /** It gives its leases back. */
  #restart(machine) {
    for (let token = 0; token < this.#tokens; token++) {
      if (this.#owner[token] !== machine) continue;
      this.#owner[token] = -1;
      this.#until[token] = 0;
      this.#freeSince[token] = this.#at;
      this.#count('release');
      this.#offerLater(token, this.#at);
    }
  }

  #lives(token) {
    return this.#owner[token] >= 0 && this.#alive[this.#owner[token]] === 1;
  }

  #isOwned() {
    for (let token = 0; token < this.#tokens; token++) if (!this.#lives(token)) return false;
    return true;
  }

  #renewLater(token, ms) {
    this.#renewAt[token] = this.#at + ms * (0.9 + Math.random() / 10);
    push(this.#renewals, this.#renewAt[token], token);
  }

  #offerLater(token, at) {
    this.#offerAt[token] = at;
    push(this.#offers, Math.max(at, this.#at + TICK_MS), token);
  }

  #count(step) {
    this.#asked += 1;
    this.#us += this.#cost[step];
    this.#second.asked += 1;
    this.#second.us += this.#cost[step];
  }
}

function push(ticks, at, token) {
  const tick = Math.ceil(at / TICK_MS);
  const all = ticks.get(tick);
  if (all) all.push(token);
  else ticks.set(tick, [token]);
}

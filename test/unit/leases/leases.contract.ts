import { expect, it, onTestFinished } from 'vitest';
import type { Claim, Lease, LeaseRequest, Leases } from '../../../src/leases/lease.js';
import type { LeaseWaiting } from '../../../src/protocol/lease-words.js';
import { eventually } from '../../helpers/eventually.js';

export const token = (slots = 1, key = 'aa'.repeat(32)): Claim => ({
  kind: 'token',
  key,
  label: key.slice(0, 8),
  slots,
});
export const account = (slots: number): Claim => ({
  kind: 'account',
  key: 'cc'.repeat(32),
  label: 'mine',
  slots,
});

/** One link that wants a lease, and what it was told. */
export class Asker {
  readonly waiting: LeaseWaiting[] = [];
  wanted = 0;
  lease: Lease | undefined;
  isSettled = false;
  readonly #abort = new AbortController();

  constructor(leases: Leases, link: string, more: Partial<LeaseRequest> = {}) {
    onTestFinished(() => {
      this.leave();
      this.lease?.release();
    });
    const request: LeaseRequest = {
      ...{ link, claims: [token()], priority: 0, order: 0, signal: this.#abort.signal },
      onWaiting: (waiting) => this.waiting.push(waiting),
      onWanted: () => {
        this.wanted += 1;
      },
      ...more,
    };
    void leases.acquire(request).then((lease) => {
      this.lease = lease;
      this.isSettled = true;
    });
  }

  leave(): void {
    this.#abort.abort();
  }

  async has(): Promise<Lease> {
    return eventually(() => this.lease, { what: 'the lease' });
  }
}

const turns = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** What every body of `Leases` keeps. */
export function leasesContract(make: () => Leases): void {
  it('gives out as many leases as there are slots, and the next one when one is given back', async () => {
    const leases = make();
    const [a, b, c] = ['a', 'b', 'c'].map(
      (link, order) => new Asker(leases, link, { claims: [token(2)], order }),
    );
    await a!.has();
    await b!.has();
    await turns();
    expect(c!.lease).toBeUndefined();
    expect(c!.waiting.at(-1)).toMatchObject({ of: 'token', slots: 2, holder: { pid: process.pid } });
    a!.lease!.release();
    await c!.has();
  });

  it('gives a lease to whoever needs nothing for it', async () => {
    await new Asker(make(), 'a', { claims: [] }).has();
  });

  it('keeps tokens apart', async () => {
    const leases = make();
    await new Asker(leases, 'a').has();
    await new Asker(leases, 'b', { claims: [token(1, 'bb'.repeat(32))] }).has();
  });

  it('gives a lease back once, however often it is released', async () => {
    const leases = make();
    const a = new Asker(leases, 'a');
    const lease = await a.has();
    const [b, c] = [new Asker(leases, 'b', { order: 1 }), new Asker(leases, 'c', { order: 2 })];
    lease.release();
    lease.release();
    await b.has();
    await turns();
    expect(c.isSettled).toBe(false);
  });

  it('ends the waiting when the signal aborts, and passes over whoever has left', async () => {
    const leases = make();
    const a = new Asker(leases, 'a');
    await a.has();
    const b = new Asker(leases, 'b', { order: 1 });
    const c = new Asker(leases, 'c', { order: 2 });
    b.leave();
    await eventually(() => b.isSettled);
    expect(b.lease).toBeUndefined();
    a.lease!.release();
    await c.has();
  });

  it('serves the higher priority first, then the order of the configuration', async () => {
    const leases = make();
    const first = new Asker(leases, 'first', { priority: 9 });
    await first.has();
    const late = new Asker(leases, 'late', { order: 3 });
    const early = new Asker(leases, 'early', { order: 2 });
    const high = new Asker(leases, 'high', { order: 4, priority: 5 });
    for (const next of [first, high, early]) {
      const others = [high, early, late].filter(({ lease }) => !lease);
      (await next.has()).release();
      await eventually(() => others.some(({ lease }) => lease));
    }
    await late.has();
  });

  it('asks the holder of the lowest rank to make room for a higher one, once', async () => {
    const leases = make();
    const claims = [token(2)];
    const [a, b] = [
      new Asker(leases, 'a', { claims, priority: 1 }),
      new Asker(leases, 'b', { claims, order: 1 }),
    ];
    await a.has();
    await b.has();
    const high = new Asker(leases, 'high', { claims, priority: 5, order: 2 });
    new Asker(leases, 'low', { claims, priority: -1, order: 3 });
    expect([a.wanted, b.wanted]).toEqual([0, 1]);
    expect(high.waiting[0]).toMatchObject({ isOwn: true, holder: { link: 'b' } });
    b.lease!.release();
    await high.has();
    expect([a.wanted, high.wanted]).toEqual([0, 0]);
  });

  it('asks nobody of the same rank to make room: whoever came first is served first', async () => {
    const leases = make();
    const [a, b, c] = ['a', 'b', 'c'].map((link) => new Asker(leases, link));
    (await a!.has()).release();
    (await b!.has()).release();
    await c!.has();
    expect([a!.wanted, b!.wanted]).toEqual([0, 0]);
  });

  it('counts the connections of an account over all of its tokens', async () => {
    const leases = make();
    const of = (key: string) => [token(1, key.repeat(64)), account(1)];
    const a = new Asker(leases, 'a', { claims: of('1') });
    await a.has();
    const b = new Asker(leases, 'b', { claims: of('2'), order: 1 });
    expect(b.waiting).toMatchObject([{ of: 'account', label: 'mine', slots: 1, holder: { link: 'a' } }]);
    // The token of the one that waits for its account stays free.
    await new Asker(leases, 'c', { claims: [token(1, '2'.repeat(64))], order: 2 }).has();
    a.lease!.release();
    await turns();
    expect(b.lease).toBeUndefined();
  });
}

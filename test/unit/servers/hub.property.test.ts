import fc from 'fast-check';
import { it } from 'vitest';
import { DEEDS, type Deed, HubOracle } from '../../helpers/hub-oracle.js';
import { runs } from '../../helpers/runs.js';

const deeds: fc.Arbitrary<Deed[]> = fc.array(fc.tuple(fc.constantFrom(...DEEDS), fc.nat(60), fc.nat(60)), {
  minLength: 5,
  maxLength: 70,
  size: 'max',
});

it('every message reaches the client that it is for, whatever clients and server do in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.nat(3), deeds, async (clients, away, done) => {
      const oracle = new HubOracle(clients, Math.max(1, clients - away));
      await oracle.begin();
      for (const deed of done) await oracle.do(deed);
      await oracle.end();
    }),
    {
      numRuns: Number(process.env.RUNS ?? runs(120)),
      seed: Number(process.env.SEED ?? 20_261_126),
    },
  );
}, 180_000);

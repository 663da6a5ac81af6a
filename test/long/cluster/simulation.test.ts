import { expect, it } from 'vitest';
import { foundIn } from '../../helpers/lease-world.js';

const SCHEDULES = 10_000;

it(`no two machines have one slot in ${SCHEDULES} schedules`, async () => {
  const { overlaps, opened } = await foundIn(SCHEDULES);
  expect(overlaps).toEqual([]);
  expect(opened).toBeGreaterThan(SCHEDULES);
}, 900_000);

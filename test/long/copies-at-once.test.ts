import { it } from 'vitest';
import { raceOfCopies } from '../helpers/copies.js';

const STARTS = 100;

it(
  `two copies started at the same instant, ${STARTS} times, never hold more than the one connection`,
  () => raceOfCopies(STARTS),
  STARTS * 20_000,
);

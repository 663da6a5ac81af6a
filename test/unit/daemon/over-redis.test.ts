import { expect, test } from 'vitest';
import { aloneHealth, overRedis } from '../../../src/daemon/over-redis.js';
import { eventually } from '../../helpers/eventually.js';

const SCRIPT = { name: 'asked', lua: '' };

test('that rates are counted alone is said once in the log and in health, and that they are shared again as well', async () => {
  let isUp = true;
  const lines: object[] = [];
  const log = { info: (line: object) => lines.push(line), warn: (line: object) => lines.push(line) };
  const link = {
    shown: 'redis://10.0.0.5:6379',
    run: async () => {
      if (!isUp) throw new Error('ECONNREFUSED');
      return 1;
    },
  };
  const { redis } = overRedis(link, log as never, 'en');
  await redis.run(SCRIPT, [], []);
  expect([lines, aloneHealth(redis)]).toEqual([[], {}]);
  isUp = false;
  for (let i = 0; i < 3; i++) expect(await redis.run(SCRIPT, [], [])).toBeUndefined();
  const url = 'redis://10.0.0.5:6379';
  expect(lines).toEqual([{ code: 'RATES_ALONE', url }]);
  expect(aloneHealth(redis)).toEqual({ ratesAlone: { url, reason: 'ECONNREFUSED' } });
  isUp = true;
  await eventually(() => !redis.isAway);
  expect(lines.at(-1)).toEqual({ event: 'rates-shared', url });
  expect(aloneHealth(redis)).toEqual({});
  redis.close();
});

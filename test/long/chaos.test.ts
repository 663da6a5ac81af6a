import { expect, it } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';

/** CHAOS_SECONDS=600 CHAOS_SEED=7 npx vitest run --project long test/long/chaos.test.ts: longer, and another run. */
const { CHAOS_SECONDS = '30', CHAOS_SEED = '20' } = process.env;

it(
  `mcp-pipe demo --chaos --seed ${CHAOS_SEED} --seconds ${CHAOS_SECONDS}: nothing is lost, nothing is wrong`,
  async () => {
    const args = ['demo', '--chaos', '--seed', CHAOS_SEED, '--seconds', CHAOS_SECONDS, '--json'];
    const cli = new Cli(args, { cwd: await folder() });
    const code = await cli.exited;
    process.stderr.write(`chaos: seed ${CHAOS_SEED}, ${CHAOS_SECONDS} s\n`);
    const report = JSON.parse(cli.stdout);
    const { lost, wrong, links, faults, recoveries } = report;
    expect({ lost, wrong, never: recoveries.filter((one: { never: number }) => one.never > 0) }).toEqual({
      ...{ lost: 0, wrong: 0, never: [] },
    });
    expect(code).toBe(0);
    // It did happen.
    for (const { answered } of links) expect(answered).toBeGreaterThan(5 * Number(CHAOS_SECONDS));
    const done = new Set(
      faults.flatMap((one: { kind: string; wasDone: boolean }) => (one.wasDone ? [one.kind] : [])),
    );
    const kinds = process.platform === 'win32' ? 4 : 5;
    expect(done.size).toBe(kinds);
  },
  1_000 * Number(CHAOS_SECONDS) + 240_000,
);

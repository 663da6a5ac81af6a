import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CASES } from '../../proof/cases.js';
import { runCase } from '../../proof/run-case.js';

/** `npm run cluster-proof` tries each of them, and more, for five minutes. */
const FAULTS = ['sigkill', 'redis-empty', 'partition'].map(
  (name) => CASES.find((one) => one.name === name)!.fault,
);

it.runIf(existsSync('/usr/bin/redis-server'))(
  'six mcp-pipe that want fifteen tokens have never too many sockets, and each call ends once, though processes and Redis are killed and cut off',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-proof-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
    let next = 0;
    const { overs, calls, faults } = await runCase(
      { name: 'short', what: '', fault: (world) => FAULTS[next++ % FAULTS.length]!(world) },
      { folder, ms: 20_000, ttlMs: 6_000 },
    );
    expect(overs).toEqual([]);
    expect(faults).toBeGreaterThan(1);
    expect(calls.answered).toBeGreaterThan(500);
    expect(calls.asked).toBe(calls.answered + calls.errors + calls.closed);
    expect(calls.twice).toBe(0);
  },
  600_000,
);

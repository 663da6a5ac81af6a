import { describe, expect, test } from 'vitest';
import { Cli } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { cwd, eachInAFolder, env, health, json, running } from '../helpers/health-run.js';

const TIME = String.raw`[\d.]+ (ms|s|min)`;

eachInAFolder();

/** Short, and in the proportions of the defaults. */
const QUICK = { minDelayMs: 20, maxDelayMs: 100, stableAfterMs: 50, endTimeoutMs: 200 };

describe.each([
  ['pipe', { calc: ['1500'] }, 'auto'],
  ['mux', { calc: ['1500'] }, 'mux'],
  ['rotation', { calc: ['1500'] }, 'rotate'],
] as const)('a server that crashes again and again, in a %s', (_kind, servers, mode) => {
  test('is shown as that in text, in JSON and by the exit code, also while it runs', async () => {
    const { daemon } = await running(servers, mode, QUICK);
    const downs = () => daemon.log.filter(({ event }) => event === 'server-down');
    await eventually(() => downs().length >= 3);
    // Whoever starts it has forgotten its failures: it was ready for long enough each time.
    expect(downs().at(-1)!.failures).toBe(1);
    const shown = await eventually(async () => {
      const { code, report } = await json();
      return report.links[0].pid !== undefined || report.links[0].members?.[0].pid !== undefined
        ? { code, report }
        : undefined;
    });
    expect(shown.code).toBe(1);
    expect(shown.report).toMatchObject({
      healthy: false,
      links: [{ server: 'crashing', ready: false, failed: true }],
    });
    const [link] = shown.report.links;
    expect(link.failures.server).toBeGreaterThanOrEqual(3);
    expect(link.restartsLastHour).toBeGreaterThanOrEqual(2);
    expect(link.lastExit).toMatchObject({ why: 'exited', exitCode: 7 });
    expect(link.lastExit.text).toMatch(new RegExp(`^The server ended with exit code 7 after ${TIME}\\.$`));
    expect(link.lastExit.at).toBeGreaterThan(link.serverSince - 1);
    const { code, stdout } = await health();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^unhealthy: .*\n.* {2}server crashing again and again/);
    expect(stdout).toMatch(/started again \d+ times in the last hour/);
    expect(stdout).toContain('ended with exit code 7');
    const vietnamese = (await health('--lang', 'vi')).stdout;
    expect(vietnamese).toMatch(/khởi động lại \d+ lần trong một giờ qua/);
    // The reasons, too, are in the language of the command, not in that of the running mcp-pipe.
    expect(vietnamese).toContain('Server đã thoát với mã 7');
    expect(vietnamese).not.toContain('exit code');
  });
});

test('a crashing server among others is told apart from them, and the others keep the daemon healthy', async () => {
  const { daemon } = await running({ good: [], bad: ['1500'] }, 'mux', QUICK);
  await eventually(() => daemon.log.filter(({ event }) => event === 'server-down').length >= 3);
  const { code, report } = await json();
  expect(code).toBe(0);
  expect(report.links).toMatchObject([
    {
      ready: true,
      members: [
        { name: 'good', state: 'ready', restartsLastHour: 0 },
        { name: 'bad', state: 'crashing', lastExit: { exitCode: 7 } },
      ],
    },
  ]);
  expect(report.links[0].members[0].lastExit).toBeUndefined();
  expect((await health()).stdout).toMatch(
    /^mux .* 1 of 2 servers ready\n {2}good {2}ready .*\n {2}bad {3}crashing again and again/,
  );
});

test.each(['auto', 'mux', 'rotate'])(
  'calls that run, and those that were answered, are shown (mode %s)',
  async (mode) => {
    const { connection } = await running({ calc: [] }, mode);
    await connection.tool(1, 'whoami');
    connection.begin(2, 'hang');
    const { code, report } = await eventually(async () => {
      const answer = await json();
      return answer.report.links[0].calls.inFlight === 1 && answer;
    });
    expect(code).toBe(0);
    const [link] = report.links;
    expect(link.calls).toMatchObject({
      failed: 0,
      oldest: { server: 'calc', method: 'tools/call', name: 'hang' },
    });
    expect(link.calls.answered).toBeGreaterThanOrEqual(1);
    expect(link.calls.lastAt).toBeLessThanOrEqual(report.at);
    expect(link.connection.askedAt).toBeGreaterThanOrEqual(link.connection.openedAt - 1);
    const { stdout } = await health();
    expect(stdout).toMatch(new RegExp(`\\d calls? answered, the last came ${TIME} ago`));
    expect(stdout).toMatch(new RegExp(`"hang" \\(tools/call\\) has been running for ${TIME}`));
    const status = new Cli(['status', '--calls'], { cwd, env });
    expect(await status.exited).toBe(0);
    expect(status.stdout).toMatch(
      new RegExp(`^1 call running, the oldest first\\n *${TIME} +calc +hang +.*tools/call, id 2\\n$`),
    );
  },
);

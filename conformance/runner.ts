import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The official runner; it does not start on Node 20, so npx brings the Node it runs on. */
const RUNNER = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
const NODE = 'node@24';
const TIMEOUT_MS = 600_000;
/** For one scenario; all are started at once. */
const CLIENT_TIMEOUT_MS = 120_000;

export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

/** The worst of what the runner says of one check in all the places where it makes it. */
export type Verdict = 'SUCCESS' | 'INFO' | 'SKIPPED' | 'WARNING' | 'FAILURE';
const FROM_BEST: readonly Verdict[] = ['SUCCESS', 'INFO', 'SKIPPED', 'WARNING', 'FAILURE'];

export interface Result {
  /** Verdicts, counted as the runner counts them. */
  passed: number;
  failed: number;
  /** Those of scenarios that count for the revision; undefined: of clients. */
  scored?: { passed: number; failed: number };
  /** Each check, of a server's `scenario: check`, to its verdict and, where it did not pass, what the runner says. */
  checks: Map<string, { verdict: Verdict; message: string }>;
}

interface Check {
  id: string;
  name?: string;
  status: Verdict;
  errorMessage?: string;
}

/** Everything that a revision asks of servers. @throws Error when the runner cannot run. */
export async function runConformance(url: string, revision: Revision): Promise<Result> {
  const { output, results } = await run(['server', '--url', url, '--requirements', revision]);
  const whole = { ...newResult(), scored: { passed: 0, failed: 0 } };
  const unscored = unscoredIn(output);
  for (const [scenario, { passed, failed, checks }] of results) {
    for (const counted of unscored.has(scenario) ? [whole] : [whole, whole.scored]) {
      counted.passed += passed;
      counted.failed += failed;
    }
    for (const [check, verdict] of checks) whole.checks.set(`${scenario}: ${check}`, verdict);
  }
  if (whole.checks.size === 0) throw new Error(`the runner has checked nothing:\n${output}`);
  return whole;
}

/**
 * Everything that a revision asks of clients, or one scenario, in a revision or in its own. @returns by scenario
 *
 * @param command Started with the URL of a server as its last argument; what it has to do there, the scenario says, whose name
 *   is in its environment.
 * @throws Error when the runner cannot run.
 */
export async function runClientConformance(
  command: string,
  revision: Revision | undefined,
  scenario?: string,
): Promise<Map<string, Result>> {
  const alone = scenario ? ['--scenario', scenario] : ['--requirements', String(revision)];
  const asked = scenario && revision ? [...alone, '--spec-version', revision] : alone;
  const timeout = ['--timeout', String(CLIENT_TIMEOUT_MS)];
  const { results } = await run(['client', '--command', command, ...asked, ...timeout]);
  return results;
}

async function run(args: readonly string[]): Promise<{ output: string; results: Map<string, Result> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-conformance-'));
  try {
    const output = await npx(['conformance', ...args, '-o', folder]);
    return { output, results: await readResults(folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the runner writes to both streams. Its exit code says only that some check failed. */
function npx(args: readonly string[]): Promise<string> {
  const command = process.platform === 'win32' ? 'npx.cmd' : 'npx';
  return new Promise((resolve, reject) => {
    execFile(
      command,
      ['--yes', '--prefer-offline', '--package', NODE, '--package', RUNNER, ...args],
      { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error?.killed) reject(new Error(`the runner did not end within ${TIMEOUT_MS} ms`));
        else resolve(stdout + stderr);
      },
    );
  });
}

/** Each scenario has a folder of its own, `server-<scenario>-<time>` or `<scenario>-<time>`, with its checks. */
async function readResults(folder: string): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('checks.json'));
  for (const file of files.sort()) {
    const scenario = dirname(file)
      .replaceAll('\\', '/')
      .replace(/^server-|-\d{4}-\d\d-\d\dT.*$/g, '');
    const checks = JSON.parse(await readFile(join(folder, file), 'utf8')) as Check[];
    results.set(scenario, resultOf(checks));
  }
  return results;
}

/** Scenarios that the runner lists at its end as made beside those that count. */
function unscoredIn(output: string): Set<string> {
  const [, listed = ''] = output.split('Not scored for ');
  return new Set([...listed.matchAll(/^ +[✓✗] (\S+) \(/gm)].map(([, scenario]) => scenario!));
}

const newResult = (): Result => ({ passed: 0, failed: 0, checks: new Map() });

function resultOf(checks: readonly Check[]): Result {
  const result = newResult();
  for (const { id, name: title, status, errorMessage = '' } of checks) {
    if (status === 'SUCCESS') result.passed += 1;
    if (status === 'FAILURE') result.failed += 1;
    const key = `${id}${title ? ` (${title})` : ''}`;
    const known = result.checks.get(key)?.verdict ?? 'SUCCESS';
    const worst = FROM_BEST.indexOf(status) >= FROM_BEST.indexOf(known) ? status : known;
    if (worst === status) result.checks.set(key, { verdict: status, message: errorMessage });
  }
  return result;
}

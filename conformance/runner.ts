import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The official runner; it does not start on Node 20, so npx brings the Node it runs on. */
const RUNNER = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
const NODE = 'node@24';
const TIMEOUT_MS = 180_000;

export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

/** The worst of what the runner says of one check in all the places where it makes it. */
export type Verdict = 'SUCCESS' | 'INFO' | 'SKIPPED' | 'WARNING' | 'FAILURE';
const FROM_BEST: readonly Verdict[] = ['SUCCESS', 'INFO', 'SKIPPED', 'WARNING', 'FAILURE'];

export interface Result {
  /** Verdicts, counted as the runner counts them. */
  passed: number;
  failed: number;
  /** `scenario: check` to its verdict and, where it did not pass, what the runner says. */
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
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-conformance-'));
  try {
    const output = await npx([
      'conformance',
      'server',
      '--url',
      url,
      '--requirements',
      revision,
      '-o',
      folder,
    ]);
    const result = await readResult(folder);
    if (result.checks.size === 0) throw new Error(`the runner has checked nothing:\n${output}`);
    return result;
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

/** Each scenario has a folder of its own, `server-<scenario>-<time>`, with its checks. */
async function readResult(folder: string): Promise<Result> {
  const result: Result = { passed: 0, failed: 0, checks: new Map() };
  for (const name of (await readdir(folder)).sort()) {
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
    const checks = JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8')) as Check[];
    for (const { id, name: title, status, errorMessage = '' } of checks) {
      if (status === 'SUCCESS') result.passed += 1;
      if (status === 'FAILURE') result.failed += 1;
      const key = `${scenario}: ${id}${title ? ` (${title})` : ''}`;
      const known = result.checks.get(key)?.verdict ?? 'SUCCESS';
      const worst = FROM_BEST.indexOf(status) >= FROM_BEST.indexOf(known) ? status : known;
      if (worst === status) result.checks.set(key, { verdict: status, message: errorMessage });
    }
  }
  return result;
}

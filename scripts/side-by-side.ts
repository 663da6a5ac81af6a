/**
 * Runs scripts of package.json at the same time:
 *
 *     tsx scripts/side-by-side.ts types lint unused
 *
 * Says how each went as it ends, with what it printed if it failed; exit code 1 if any failed. Ours, because the kept
 * tools for it (npm-run-all2, concurrently) need a newer Node than this project.
 */
import { execa } from 'execa';

const names = process.argv.slice(2);
const longest = Math.max(...names.map((name) => name.length));

async function run(name: string): Promise<boolean> {
  const { failed, all, durationMs } = await execa('npm', ['run', '--silent', name], {
    all: true,
    reject: false,
    stdin: 'ignore',
    env: process.stdout.hasColors?.() ? { FORCE_COLOR: '1' } : {},
  });
  const seconds = (durationMs / 1000).toFixed(1);
  process.stdout.write(`${name.padEnd(longest)}  ${failed ? 'FAILED' : 'passed'} in ${seconds} s\n`);
  if (failed) process.stdout.write(`${all}\n`);
  return !failed;
}

const passed = await Promise.all(names.map(run));
process.exitCode = passed.every(Boolean) ? 0 : 1;

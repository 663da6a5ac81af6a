import { fileURLToPath } from 'node:url';
import { EXPECTED_OF_CLIENT } from './expected.js';
import { REFERENCE, REFERENCE_UNSCORED } from './reference.js';
import { REVISIONS, type Result, type Revision, runClientConformance } from './runner.js';

const DRIVER = fileURLToPath(new URL('./driver.ts', import.meta.url));
const COMMAND = `${process.execPath} --import tsx ${DRIVER}`;

/**
 * `npm run conformance:client [-- SCENARIO...]`: the official runner's servers against `mcp-pipe stdio`. Every scenario that
 * the reference client passes has to pass, with as many checks; see expected.ts for what cannot.
 */
async function main(chosen: readonly string[]): Promise<number> {
  let isOk = true;
  for (const revision of REVISIONS) {
    const asked = { ...REFERENCE[revision], ...REFERENCE_UNSCORED[revision] };
    const names = Object.keys(asked).filter((name) => chosen.length === 0 || chosen.includes(name));
    const results = chosen.length > 0 ? new Map() : await runClientConformance(COMMAND, revision);
    const passed: string[] = [];
    for (const name of names) {
      const least = asked[name]!;
      // On a busy machine one may fail for want of time: it is tried once more, alone.
      const result = hasPassed(results.get(name), least) ? results.get(name) : await runAlone(revision, name);
      if (hasPassed(result, least)) passed.push(name);
      else isOk = report(revision, name, least, result) && isOk;
    }
    const scored = passed.filter((name) => Object.hasOwn(REFERENCE[revision], name));
    say(`${revision}  ${scored.length} scored scenarios passed, ${passed.length} of ${names.length} in all`);
  }
  const verdict = isOk ? 'passes, or is listed.' : 'does not all pass, and some of it is not listed.';
  say(`What the reference client passes ${verdict}`);
  return isOk ? 0 : 1;
}

async function runAlone(revision: Revision, scenario: string): Promise<Result | undefined> {
  // Extensions belong to no revision.
  const isScored = Object.hasOwn(REFERENCE[revision], scenario);
  const results = await runClientConformance(COMMAND, isScored ? revision : undefined, scenario);
  return results.get(scenario);
}

/** Fewer checks than the reference passes may mean that nothing was tried. */
const hasPassed = (result: Result | undefined, least: number): boolean =>
  result !== undefined && failedOf(result).length === 0 && passedOf(result) >= least;

const passedOf = ({ checks }: Result): number =>
  [...checks.values()].filter(({ verdict }) => verdict === 'SUCCESS').length;

/** The runner counts a warning as failed as well. */
const failedOf = ({ checks }: Result) =>
  [...checks].filter(([, { verdict }]) => verdict === 'FAILURE' || verdict === 'WARNING');

/** Says what has failed. Returns whether that was expected. */
function report(revision: Revision, name: string, least: number, result: Result | undefined): boolean {
  const expected = EXPECTED_OF_CLIENT.find(
    ({ scenario, revision: of = revision }) => scenario === name && of === revision,
  );
  const failed = result ? failedOf(result) : [];
  const passed = result ? passedOf(result) : 0;
  say(
    `${revision}  ${name}: ${passed} checks passed, ${failed.length} failed, the reference passes ${least}`,
  );
  if (expected) say(`    expected: ${expected.reason}`);
  for (const [check, { message }] of failed) say(`    ${check}  ${message}`);
  return expected !== undefined;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exit(await main(process.argv.slice(2)));

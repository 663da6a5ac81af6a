import { fileURLToPath } from 'node:url';
import { EXPECTED_OF_CLIENT } from './expected.js';
import { REFERENCE, REFERENCE_UNSCORED } from './reference.js';
import { REVISIONS, type Result, type Revision, runClientConformance } from './runner.js';

const DRIVER = fileURLToPath(new URL('./driver.ts', import.meta.url));
const COMMAND = `${process.execPath} --import tsx ${DRIVER}`;

/**
 * `npm run conformance:client [-- SCENARIO...]`: the official runner's servers against `mcp-pipe stdio`. Every scenario that
 * the reference client passes has to pass, with as many checks made; see expected.ts for what cannot.
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
  const results = await runClientConformance(COMMAND, revision, scenario);
  return results.get(scenario);
}

/** Fewer checks than the reference makes may mean that nothing was tried. */
const hasPassed = (result: Result | undefined, least: number): boolean =>
  result !== undefined && result.failed === 0 && result.passed >= least;

/** Says what has failed. Returns whether that was expected. */
function report(revision: Revision, name: string, least: number, result: Result | undefined): boolean {
  const expected = EXPECTED_OF_CLIENT.find(
    ({ scenario, revision: of }) => scenario === name && of === revision,
  );
  const counts = `${result?.passed ?? 0} checks passed, ${result?.failed ?? 0} failed, the reference passes ${least}`;
  say(`${revision}  ${name}: ${counts}`);
  if (expected) say(`    expected: ${expected.reason}`);
  const failed = [...(result?.checks ?? [])].filter(([, { verdict }]) => verdict === 'FAILURE');
  for (const [check, { message }] of failed) say(`    ${check}  ${message}`);
  return expected !== undefined;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exit(await main(process.argv.slice(2)));

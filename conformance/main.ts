import { EXPECTED } from './expected.js';
import { REVISIONS, type Result, type Revision, runConformance } from './runner.js';
import { SUBJECTS, type Subject } from './subjects.js';

/**
 * `npm run conformance [-- SUBJECT...]`: the official runner against one server, served directly by the SDK and through
 * mcp-pipe. What passes directly has to pass through mcp-pipe; see expected.ts for what cannot.
 */
async function main(chosen: readonly string[]): Promise<number> {
  const unknown = chosen.filter((name) => !Object.hasOwn(SUBJECTS, name));
  if (unknown.length > 0) {
    say(`there is no subject ${unknown.join(', ')}; choose from ${Object.keys(SUBJECTS).join(', ')}`);
    return 2;
  }
  const subjects = chosen.length > 0 ? chosen : Object.keys(SUBJECTS);
  const results = new Map<string, Map<Revision, Result>>();
  for (const name of new Set(['direct', ...subjects])) results.set(name, await byRevision(name));
  say(row('subject', 'revision', 'passed', 'failed', 'of these scored'));
  for (const [name, byRevision] of results) {
    for (const [revision, { passed, failed, scored }] of byRevision) {
      say(row(name, revision, passed, failed, scored!.passed, scored!.failed));
    }
  }
  let isOk = true;
  for (const [name, byRevision] of results) {
    for (const [revision, result] of byRevision) {
      const direct = results.get('direct')!.get(revision)!;
      for (const line of differences(name, revision, direct, result)) {
        say(line.text);
        isOk &&= line.isExpected;
      }
    }
  }
  say(
    isOk
      ? 'What passes directly passes, or is listed.'
      : 'Some checks pass directly only, and are not listed.',
  );
  return isOk ? 0 : 1;
}

async function byRevision(name: string): Promise<Map<Revision, Result>> {
  const { start, revisions = REVISIONS, isShared } = SUBJECTS[name]!;
  const run = async (revision: Revision, subject: Subject): Promise<[Revision, Result]> => {
    try {
      return [revision, await runConformance(subject.url, revision)];
    } finally {
      if (!isShared) await subject.close();
    }
  };
  // At once, for most of the time a run waits.
  if (!isShared)
    return new Map(await Promise.all(revisions.map(async (revision) => run(revision, await start()))));
  const subject = await start();
  try {
    const results = new Map<Revision, Result>();
    for (const revision of revisions) results.set(...(await run(revision, subject)));
    return results;
  } finally {
    await subject.close();
  }
}

function differences(name: string, revision: Revision, direct: Result, through: Result) {
  return [...direct.checks].flatMap(([check, { verdict }]) => {
    const other = through.checks.get(check);
    if (verdict !== 'SUCCESS' || other?.verdict === 'SUCCESS') return [];
    const expected = EXPECTED.find(
      (entry) =>
        (entry.subjects ?? [name]).includes(name) &&
        entry.revision === revision &&
        (entry.checks ? entry.checks.test(check) : entry.check === check),
    );
    const why = expected ? `expected: ${expected.reason}` : (other?.message ?? 'was not made');
    const text = `${name} ${revision}  ${check}  ${other?.verdict ?? 'MISSING'}\n    ${why}`;
    return [{ text, isExpected: expected !== undefined }];
  });
}

function row(name: string, revision: string, ...figures: (string | number)[]): string {
  return [name.padEnd(15), revision.padEnd(10), ...figures.map((figure) => String(figure).padStart(6))].join(
    '  ',
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// Connections of the runner may linger.
process.exit(await main(process.argv.slice(2)));

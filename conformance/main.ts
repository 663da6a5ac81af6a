import { EXPECTED } from './expected.js';
import { REVISIONS, type Result, type Revision, runConformance } from './runner.js';
import { SUBJECTS } from './subjects.js';

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
  // Each revision has a server of its own: one on stdio keeps to the era of its first message.
  for (const name of new Set(['direct', ...subjects])) {
    const byRevision = new Map<Revision, Result>();
    results.set(name, byRevision);
    for (const revision of REVISIONS) {
      const subject = await SUBJECTS[name]!();
      try {
        byRevision.set(revision, await runConformance(subject.url, revision));
      } finally {
        await subject.close();
      }
    }
  }
  say('subject   revision     passed  failed');
  for (const [name, byRevision] of results) {
    for (const [revision, { passed, failed }] of byRevision) {
      say(
        [name.padEnd(8), revision.padEnd(11), String(passed).padStart(7), String(failed).padStart(7)].join(
          '  ',
        ),
      );
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

function differences(name: string, revision: Revision, direct: Result, through: Result) {
  return [...direct.checks].flatMap(([check, { verdict }]) => {
    const other = through.checks.get(check);
    if (verdict !== 'SUCCESS' || other?.verdict === 'SUCCESS') return [];
    const expected = EXPECTED.find(
      (entry) => entry.check === check && entry.revision === revision && (entry.subject ?? name) === name,
    );
    const why = expected ? `expected: ${expected.reason}` : (other?.message ?? 'was not made');
    const text = `${name} ${revision}  ${check}  ${other?.verdict ?? 'MISSING'}\n    ${why}`;
    return [{ text, isExpected: expected !== undefined }];
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// Connections of the runner may linger.
process.exit(await main(process.argv.slice(2)));

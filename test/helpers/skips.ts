import { afterAll, beforeEach, expect, type TestContext } from 'vitest';

/**
 * Tests that are not run under some condition, by suite and test (or the `describe` around it; `*` is the whole suite), with
 * the reason.
 */
export type Skips = Readonly<Record<string, Readonly<Record<string, string>>>>;

type Task = TestContext['task'] | NonNullable<TestContext['task']['suite']>;
type File = Pick<Task, 'file'>['file'];

const suiteOf = (path: string): string => path.replace(/^.*[/\\]|\.test\.ts$/g, '');

/** The line of the list that applies to a test. */
export function lineFor(
  list: Skips,
  { file, fullTestName }: Pick<Task, 'file' | 'fullTestName'>,
): [string, string] | undefined {
  const lines = Object.entries(list[suiteOf(file.filepath)] ?? {});
  return lines.find(([name]) => name === '*' || `${fullTestName} > `.startsWith(`${name} > `));
}

/** Skips the listed tests; a line that no test has fails its file. `called` is where the list stands. */
export function skipListed(list: Skips, called: string): void {
  let file: File | undefined;
  beforeEach(({ task, skip }) => {
    file = task.file;
    const line = lineFor(list, task);
    if (line) skip(line[1]);
  });
  afterAll(() => {
    if (!file) return;
    const used = new Set(testsOf(file).map((test) => lineFor(list, test)?.[0]));
    const lines = Object.keys(list[suiteOf(file.filepath)] ?? {});
    expect(
      lines.filter((name) => !used.has(name)),
      `lines of ${called} without a test`,
    ).toEqual([]);
  });
}

function testsOf(suite: NonNullable<TestContext['task']['suite']>): TestContext['task'][] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task]));
}

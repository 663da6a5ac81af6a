import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, type TestContext } from 'vitest';
import { SKIPPED_IN_MEMORY } from './memory-skips.js';

type Task = TestContext['task'] | NonNullable<TestContext['task']['suite']>;

const suiteOf = (file: string) => basename(file, '.test.ts');

/** The line of the list that applies to a test. */
function lineFor({ file, fullTestName }: Pick<Task, 'file' | 'fullTestName'>): [string, string] | undefined {
  const lines = Object.entries(SKIPPED_IN_MEMORY[suiteOf(file.filepath)] ?? {});
  return lines.find(([name]) => name === '*' || `${fullTestName} > `.startsWith(`${name} > `));
}

let file: TestContext['task']['file'] | undefined;
beforeEach(({ task, skip }) => {
  file = task.file;
  const line = lineFor(task);
  if (line) skip(line[1]);
});

/** Functions that open something outside of this process, and what they open. */
const OUTSIDE = {
  child_process: 'a child process',
  'net.client.socket': 'a socket',
  'tracing:net.server.listen:asyncStart': 'a listening socket',
};
const opened: string[] = [];
const note = (_message: unknown, name: string | symbol) => {
  opened.push(OUTSIDE[name as keyof typeof OUTSIDE]);
};

beforeAll(() => {
  for (const name of Object.keys(OUTSIDE)) subscribe(name, note);
});

afterEach(() => {
  expect(opened.splice(0), 'what was opened outside of memory').toEqual([]);
});

afterAll(() => {
  for (const name of Object.keys(OUTSIDE)) unsubscribe(name, note);
  if (!file) return;
  const used = new Set(testsOf(file).map((test) => lineFor(test)?.[0]));
  const lines = Object.keys(SKIPPED_IN_MEMORY[suiteOf(file.filepath)] ?? {});
  expect(
    lines.filter((name) => !used.has(name)),
    'lines of memory-skips.ts without a test',
  ).toEqual([]);
});

function testsOf(suite: NonNullable<TestContext['task']['suite']>): TestContext['task'][] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task]));
}

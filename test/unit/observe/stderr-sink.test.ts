import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { StderrSink } from '../../../src/observe/stderr-sink.js';

function sink() {
  const file = join(mkdtempSync(join(tmpdir(), 'mcp-pipe-sink-')), 'out');
  const fd = openSync(file, 'w');
  onTestFinished(() => closeSync(fd));
  return { made: new StderrSink(fd), written: () => readFileSync(file, 'utf8') };
}

test('writes nothing while it is held, and all of it in order afterwards', async () => {
  const { made, written } = sink();
  made.write('one\n');
  await made.flush();
  made.hold();
  expect(made.idle).toBe(false);
  made.write('two\n');
  made.write('three\n');
  await made.flush();
  expect(written()).toBe('one\n');
  made.release();
  await made.flush();
  expect(written()).toBe('one\ntwo\nthree\n');
  expect(made.idle).toBe(true);
});

test('ends what it writes when it is held in between, and writes the rest at the end of the process', () => {
  const { made, written } = sink();
  made.hold();
  made.write('two\n');
  made.writeNow('last\n');
  expect(written()).toBe('two\nlast\n');
});

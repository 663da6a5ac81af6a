import fs, {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../../src/observe/log.js';
import { LogFile, type LogFileOptions } from '../../../src/observe/log-file.js';
import { Redactor } from '../../../src/observe/redact.js';
import { ManualClock } from '../../helpers/manual-clock.js';

let folder: string;
let file: string;
let clock: ManualClock;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-log-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  file = join(folder, 'run.log');
  clock = new ManualClock();
  said = [];
});

function opened(options: Partial<LogFileOptions> = {}) {
  return new LogFile({
    file,
    clock,
    onTrouble: ({ code }) => said.push(code!),
    onRecovered: () => said.push('recovered'),
    ...options,
  });
}

/** As later lines would: the file is looked for, or tried again. */
async function later(log: LogFile, line: string): Promise<void> {
  await log.flush();
  await clock.advance(6_000);
  log.write(line);
  await log.flush();
  await new Promise(setImmediate);
}

const lines = (name: string) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);

test('is readable by its owner only, and goes on behind what is there', async () => {
  const first = opened();
  first.write('one\n');
  await first.flush();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const second = opened();
  second.write('two\n');
  await second.flush();
  expect(lines('run.log')).toEqual(['one', 'two']);
});

test('is bounded in size and number, and loses no line of those that it keeps', async () => {
  const log = opened({ maxBytes: 1_000, maxOld: 3 });
  for (let n = 0; n < 400; n++) {
    log.write(`line ${String(n).padStart(4, '0')}\n`);
    if (n % 7 === 0) await log.flush();
  }
  await log.flush();
  const names = readdirSync(folder).sort();
  expect(names).toEqual(['run.log', 'run.log.1', 'run.log.2', 'run.log.3']);
  // A few lines come while the file is renamed.
  for (const name of names) {
    expect(statSync(join(folder, name)).size).toBeLessThan(1_200);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
  const kept = ['run.log.3', 'run.log.2', 'run.log.1', 'run.log'].flatMap(lines);
  const first = 400 - kept.length;
  expect(kept).toEqual(kept.map((_, i) => `line ${String(first + i).padStart(4, '0')}`));
  expect(kept.length).toBeGreaterThan(300);
  expect(said).toEqual([]);
});

test('a path that cannot be written is said once, and tried again until it can', async () => {
  writeFileSync(join(folder, 'not-a-folder'), '');
  const log = opened({ file: join(folder, 'not-a-folder', 'run.log') });
  for (let n = 0; n < 5; n++) await later(log, 'lost\n');
  expect(said).toEqual(['ENOTDIR']);
  rmSync(join(folder, 'not-a-folder'));
  await later(log, 'lost, too\n');
  await later(log, 'written\n');
  await later(log, 'well\n');
  expect(said).toEqual(['ENOTDIR', 'recovered']);
  expect(lines('not-a-folder/run.log')).toEqual(['written', 'well']);
});

test('a folder that is gone is made again; a file that another program has moved is opened anew', async () => {
  const log = opened();
  await later(log, 'one\n');
  rmSync(folder, { recursive: true });
  await later(log, 'into the lost file\n');
  await later(log, 'two\n');
  renameSync(file, `${file}.moved`);
  await later(log, 'into the moved file\n');
  await later(log, 'three\n');
  expect(lines('run.log.moved')).toEqual(['two', 'into the moved file']);
  expect(lines('run.log')).toEqual(['three']);
  expect(said).toEqual([]);
});

test('a full disk is said once, costs only lines, and is over when there is room', async () => {
  const log = opened();
  await later(log, '{"n":1}\n');
  const { write } = fs;
  const restore = () => {
    fs.write = write;
    syncBuiltinESMExports();
  };
  onTestFinished(restore);
  // It takes half of a line.
  let half: string | undefined = '{"n"';
  fs.write = ((fd: number, _: Buffer, done: (error: Error | null, written?: number) => void) => {
    const part = half;
    half = undefined;
    if (part !== undefined) return write(fd, Buffer.from(part), done);
    setImmediate(() => done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })));
  }) as typeof fs.write;
  syncBuiltinESMExports();
  for (let n = 2; n < 6; n++) await later(log, `{"n":${n}}\n`);
  expect(said).toEqual(['ENOSPC']);
  restore();
  for (let n = 6; n < 9; n++) await later(log, `{"n":${n}}\n`);
  expect(said).toEqual(['ENOSPC', 'recovered']);
  // The half line stands alone, so that every other line is JSON.
  expect(lines('run.log').filter((line) => line !== '')).toEqual([
    '{"n":1}',
    '{"n"',
    ...['{"n":7}', '{"n":8}'],
  ]);
});

test.skipIf(process.platform === 'win32')('what is no ordinary file is not written to', async () => {
  const log = opened({ file: '/dev/null' });
  await later(log, 'x\n');
  expect(said).toEqual(['ENOTFILE']);
  mkdirSync(file);
  await later(opened(), 'x\n');
  expect(said).toEqual(['ENOTFILE', 'EISDIR']);
});

test.each(['json', 'pretty'] as const)(
  'the log writes its lines into it as %s, at its own level, without secrets',
  async (format) => {
    const log = opened();
    const target = { format, write: (line: string) => log.write(line) };
    const out: string[] = [];
    const { log: logger } = await createLog({
      ...{
        level: 'info',
        format: 'pretty',
        colour: true,
        redactor: new Redactor(['s3cret-value']),
        file: target,
      },
      destination: { write: (line) => out.push(line) },
    });
    logger.debug('a detail');
    logger.info('with s3cret-value');
    await log.flush();
    const [line, ...more] = lines('run.log');
    expect(more).toEqual([]);
    if (format === 'json') expect(JSON.parse(line!)).toMatchObject({ level: 'info', msg: 'with [redacted]' });
    else expect(line).toMatch(/^\[[\d:.]+\] INFO: with \[redacted\]$/);
    expect(out.length).toBe(1);
  },
);

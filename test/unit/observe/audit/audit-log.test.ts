import fs, {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { AuditRecord } from '../../../../src/observe/audit/audit-line.js';
import { AuditLog, type AuditLogOptions } from '../../../../src/observe/audit/audit-log.js';
import { Redactor } from '../../../../src/observe/redact.js';
import type { AuditEntry } from '../../../../src/protocol/audit.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

let folder: string;
let file: string;
let clock: ManualClock;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  file = join(folder, 'audit.jsonl');
  clock = new ManualClock();
  said = [];
});

function opened(options: Partial<AuditLogOptions> = {}): AuditLog {
  const log = new AuditLog({
    ...{ file, clock, maxBytes: 1024 ** 2, maxOld: 3, redact: (text: string) => text },
    onTrouble: ({ code }) => said.push(code!),
    onRecovered: (lost) => said.push(`recovered ${lost}`),
    onLost: (lost) => said.push(`lost ${lost}`),
    ...options,
  });
  onTestFinished(() => log.close());
  return log;
}

const CALL: AuditEntry = {
  ...{ at: Date.parse('2026-11-27T01:02:03.045Z'), kind: 'call', key: 'an', link: 'http #1' },
  ...{ server: 'calc', method: 'tools/call', tool: 'add', outcome: 'ok', ms: 1.26, requestId: 'r-1' },
};

function records(name = 'audit.jsonl'): AuditRecord[] {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditRecord);
}

test('a line has the members of its entry, and its time as text', async () => {
  const log = opened();
  log.write({ ...CALL, tool: 'a"\n\u001b[31m', requestBytes: 10, code: undefined });
  await log.flush();
  expect(readFileSync(file, 'utf8')).toBe(
    '{"time":"2026-11-27T01:02:03.045Z","kind":"call","key":"an","link":"http #1","server":"calc","method":"tools/call","tool":"a\\"\\\\n\\\\u001b[31m","outcome":"ok","ms":1.3,"requestBytes":10,"requestId":"r-1"}\n',
  );
});

test('texts of clients are cut and have no secrets, wherever these begin', async () => {
  const redactor = new Redactor(['s3cret-value-of-a-key']);
  const log = opened({ redact: (text) => redactor.redact(text) });
  const tool = `${'x'.repeat(120)}s3cret-value-of-a-key`;
  for (const [i, name] of [tool, tool, 's3cret-value-of-a-key'].entries())
    log.write({ ...CALL, tool: name, at: i });
  await log.flush();
  expect(readFileSync(file, 'utf8')).not.toMatch(/s3cr/);
  expect(records()[0]!.tool!.length).toBeLessThan(140);
});

test.skipIf(process.platform === 'win32')(
  'a file that others may read is made unreadable for them',
  async () => {
    writeFileSync(file, '', { mode: 0o644 });
    const log = opened();
    log.write(CALL);
    await log.flush();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  },
);

test.skipIf(process.platform === 'win32').each(['symbolic link', 'hard link', 'folder'])(
  'a %s is refused: what it leads to stays as it is',
  async (kind) => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o644 });
    if (kind === 'folder') mkdirSync(file);
    else if (kind === 'hard link') linkSync(victim, file);
    else symlinkSync(victim, file);
    const log = opened();
    for (let i = 0; i < 3; i++) log.write(CALL);
    await log.flush();
    await new Promise(setImmediate);
    expect(said).toEqual([{ 'symbolic link': 'ELOOP', 'hard link': 'ELINKED', folder: 'EISDIR' }[kind]]);
    expect([readFileSync(victim, 'utf8'), log.lost]).toEqual(['precious', 3]);
    expect(statSync(victim).mode & 0o777).toBe(0o644);
    // It is moved away, and all is well again.
    rmSync(file, { recursive: true });
    await clock.advance(5_000);
    for (let i = 0; i < 4; i++) {
      log.write(CALL);
      await log.flush();
      await clock.advance(5_000);
    }
    const [first] = records();
    expect([first!.lost, said.at(-1)]).toEqual([4, 'recovered 4']);
  },
);

test('a link that is put in its place later gets nothing', async () => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'precious');
  const log = opened();
  log.write(CALL);
  await log.flush();
  rmSync(file);
  symlinkSync(victim, file);
  for (let i = 0; i < 3; i++) {
    await clock.advance(5_000);
    log.write(CALL);
    await log.flush();
  }
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  expect(said[0]).toBe('ELOOP');
});

test('under load the file is followed by the next one, and no line is lost, torn or doubled', async () => {
  const log = opened({ maxBytes: 20_000, maxOld: 100 });
  const total = 10_000;
  for (let i = 0; i < total; i++) {
    log.write({ ...CALL, code: i });
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await log.flush();
  const names = readdirSync(folder);
  expect(names.length).toBeGreaterThan(5);
  const codes = names.flatMap((name) => records(name).map(({ code }) => code!));
  expect(codes.sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i));
  expect([log.lost, said]).toEqual([0, []]);
});

test('with a full disk calls go on: lost lines are counted, and said once and in the next line', async () => {
  const log = opened();
  log.write(CALL);
  await log.flush();
  const { write } = fs;
  const restore = () => {
    fs.write = write;
    syncBuiltinESMExports();
  };
  onTestFinished(restore);
  let isFirst = true;
  fs.write = ((fd: number, bytes: Buffer, done: (error: Error | null, written?: number) => void) => {
    // It takes a part of the first line.
    if (isFirst) {
      isFirst = false;
      return write(fd, bytes.subarray(0, 20), done);
    }
    setImmediate(() => done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })));
  }) as typeof fs.write;
  syncBuiltinESMExports();
  const step = async () => {
    log.write(CALL);
    await log.flush();
    await clock.advance(5_000);
  };
  for (let i = 0; i < 4; i++) await step();
  restore();
  for (let i = 0; i < 4; i++) await step();
  const whole = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as AuditRecord] : []));
  expect(log.lost).toBe(9 - whole.length);
  expect(whole.map(({ lost }) => lost)).toEqual([
    undefined,
    log.lost,
    ...whole.slice(2).map(() => undefined),
  ]);
  expect(said).toEqual(['ENOSPC', `recovered ${log.lost}`]);
});

test('a flood is bounded in memory, and what is left out is counted', async () => {
  const log = opened({ maxBytes: 1024 ** 3 });
  const { write } = fs;
  const waiting: (() => void)[] = [];
  const restore = () => {
    fs.write = write;
    syncBuiltinESMExports();
  };
  onTestFinished(restore);
  // A disk that does not answer.
  fs.write = ((fd: number, bytes: Buffer, done: (error: Error | null, written?: number) => void) => {
    waiting.push(() => write(fd, bytes, done));
  }) as typeof fs.write;
  syncBuiltinESMExports();
  const total = 100_000;
  for (let i = 0; i < total; i++) log.write({ ...CALL, code: i });
  restore();
  for (const go of waiting) go();
  await log.flush();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const written = records().length;
  expect(written * 200).toBeLessThan(20 * 1024 ** 2);
  expect(written + log.lost).toBe(total);
  expect(log.lost).toBeGreaterThan(0);
  expect(said).toEqual([`lost ${log.lost}`]);
  log.write(CALL);
  await log.flush();
  expect(records().at(-1)!.lost).toBe(log.lost);
});

test('where files cannot be renamed nothing is cut: the file grows as long as all of them, then lines are lost', async () => {
  mkdirSync(`${file}.2`);
  const log = opened({ maxBytes: 1_000, maxOld: 2 });
  for (let i = 0; i < 30; i++) {
    log.write({ ...CALL, code: i });
    await log.flush();
  }
  const kept = records();
  expect(kept.map(({ code }) => code)).toEqual(kept.map((_, i) => i));
  expect(statSync(file).size).toBeGreaterThan(2_900);
  expect(kept.length + log.lost).toBe(30);
  expect(said).toHaveLength(1);
  // It can be renamed again.
  rmSync(`${file}.2`, { recursive: true });
  await clock.advance(5_000);
  for (let i = 0; i < 3; i++) {
    log.write(CALL);
    await log.flush();
    await clock.advance(5_000);
  }
  expect(readdirSync(folder).sort()).toEqual(['audit.jsonl', 'audit.jsonl.1']);
});

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunBlackBox } from '../../../src/daemon/black-box.js';
import { newestBlackBox } from '../../../src/daemon/black-box-files.js';
import type { Status } from '../../../src/protocol/status.js';

function made(link = 'calc') {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-blackbox-'));
  const lines: (object & { code?: string; event?: string })[] = [];
  const note = (line: object) => void lines.push(line);
  const box = new RunBlackBox({
    ...{ folder, version: '1', secrets: ['q7Rk2mVx9TzB4nLw'], lang: 'en' },
    logger: { info: note, warn: note } as never,
  });
  onTestFinished(async () => {
    await box.close();
    await rm(folder, { recursive: true });
  });
  box.ringOf(link);
  const crash = (name = link) =>
    box.onStatus({
      ...{ at: Date.now(), link: name, type: 'server-down', serverKind: 'stdio', why: 'exited' },
      ...{ end: { kind: 'process', exitCode: 1 }, livedMs: 1, failures: 1, nextStartMs: 1, pendingFailed: 0 },
      stderrTail: [],
    } as Status);
  const settled = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await box.close();
  };
  return { folder, lines, box, crash, settled };
}

const uncaught = (error: unknown) =>
  (process as NodeJS.EventEmitter).emit('uncaughtExceptionMonitor', error, 'uncaughtException');

describe('RunBlackBox', () => {
  it('writes what was known when an exception ends mcp-pipe, without the text of the exception', async () => {
    const { folder, lines, box } = made();
    const error = new TypeError('cannot read "argument"');
    uncaught(error);
    const found = await newestBlackBox(box.folder);
    expect(found!.box).toMatchObject({ why: 'exception', link: 'calc', exception: { name: 'TypeError' } });
    expect(found!.box.exception!.stack[0]).toMatch(/^at .*black-box\.test/);
    expect(readFileSync(found!.file, 'utf8')).not.toContain('argument');
    expect(lines).toMatchObject([{ event: 'black-box-written', why: 'exception', file: found!.file }]);
    await box.close();
    uncaught(error);
    expect(readdirSync(join(folder, 'blackbox'))).toHaveLength(1);
  });

  it('is not stopped by something that is thrown and no Error', async () => {
    const { box } = made();
    uncaught(undefined);
    expect((await newestBlackBox(box.folder))!.box.exception).toEqual({ name: 'Error', stack: [] });
  });

  it('says once that nothing can be written, and goes on', async () => {
    const { box, lines, crash, settled } = made('a');
    box.ringOf('b');
    writeFileSync(box.folder, 'a file where the folder should be');
    crash('a');
    crash('b');
    uncaught(new Error('x'));
    await settled();
    expect(lines).toMatchObject([{ code: 'BLACK_BOX_UNWRITABLE', folder: box.folder }]);
    await expect(box.writeNow(['a'])).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('finishes what is being written before the run is over', async () => {
    const { box, crash, settled } = made();
    crash();
    await settled();
    expect((await newestBlackBox(box.folder, 'calc'))!.box.why).toBe('server-ended');
  });
});

import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BlackBoxFiles, blackBoxFolder, newestBlackBox } from '../../../src/daemon/black-box-files.js';
import { type BlackBoxFile, formatBlackBox, parseBlackBox } from '../../../src/observe/black-box-file.js';

function folder(): string {
  const state = mkdtempSync(join(tmpdir(), 'mcp-pipe-blackbox-'));
  onTestFinished(() => rm(state, { recursive: true }));
  return blackBoxFolder(join(state, 'of this configuration'));
}

const box = (at: number, link = 'calc', size = 0): BlackBoxFile => ({
  ...{ format: 'mcp-pipe-black-box', version: 1, mcpPipe: '1.0.0', pid: 1, link, why: 'connection-ended' },
  ...{ at, unwritten: 0, records: [{ at, event: 'x'.repeat(size) }] },
});

describe('BlackBoxFiles', () => {
  it('writes files that only this user can read, and finds the newest', async () => {
    const into = folder();
    const files = new BlackBoxFiles(into);
    expect(await newestBlackBox(into)).toBeUndefined();
    await files.write(box(1_000));
    const path = await files.write(box(3_000, 'a/ü: "b"'));
    await files.write(box(2_000));
    if (process.platform !== 'win32') {
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(into).mode & 0o777).toBe(0o700);
    }
    expect(await newestBlackBox(into)).toEqual({ file: path, box: box(3_000, 'a/ü: "b"') });
    expect((await newestBlackBox(into, 'calc'))!.box.at).toBe(2_000);
    // The same readable part, another link.
    expect(await newestBlackBox(into, 'a-ü---b-')).toBeUndefined();
  });

  it('keeps the last ten files of a link, and a megabyte of them', async () => {
    const into = folder();
    const files = new BlackBoxFiles(into);
    await files.write(box(1, 'other'));
    for (let at = 1_000; at < 1_020; at++) await files.write(box(at));
    expect(readdirSync(into)).toHaveLength(11);
    await files.write(box(2_000, 'calc', 700 * 1024));
    await files.write(box(2_001, 'calc', 700 * 1024));
    expect(readdirSync(into)).toHaveLength(2);
    expect((await newestBlackBox(into, 'other'))!.box.at).toBe(1);
  });

  it('passes over files that are no black boxes', async () => {
    const into = folder();
    const files = new BlackBoxFiles(into);
    await files.write(box(1_000));
    for (const [name, text] of [
      ['9999-01-01_calc_00_x.json', '{'],
      ['9998-01-01.json', '{"format":"mcp-pipe-black-box","version":99}'],
      ['notes.txt', 'x'],
    ] as const)
      writeFileSync(join(into, name), text);
    expect((await newestBlackBox(into))!.box.at).toBe(1_000);
  });

  it('rejects when the folder cannot be written, and writes again when it can', async () => {
    const into = folder();
    const files = new BlackBoxFiles(into);
    await files.write(box(1_000));
    await rm(into, { recursive: true });
    writeFileSync(into, 'no folder');
    await expect(files.write(box(2_000))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await rm(into);
    await files.write(box(3_000));
    expect((await newestBlackBox(into))!.box.at).toBe(3_000);
  });

  it('writes at once when the process is about to end', () => {
    const into = folder();
    const path = new BlackBoxFiles(into).writeNow(box(1_000));
    expect(parseBlackBox(readFileSync(path, 'utf8'))).toEqual(box(1_000));
  });
});

describe('parseBlackBox', () => {
  const text = formatBlackBox(box(1_000));

  it('says why a file cannot be read', () => {
    expect(parseBlackBox(text.slice(0, -9))).toBe('not-json');
    expect(parseBlackBox('[]')).toBe('foreign');
    expect(parseBlackBox('{"mcpServers":{}}')).toBe('foreign');
    expect(parseBlackBox(text.replace('"version":1', '"version":2'))).toBe('newer');
    expect(parseBlackBox(text.replace('"version":1', '"version":"1"'))).toBe('broken');
    expect(parseBlackBox(text.replace('"records":[', '"records":7,"x":['))).toBe('broken');
    expect(parseBlackBox(text.replace('"link":"calc"', '"link":7'))).toBe('broken');
  });

  it('leaves out records that nobody could use', () => {
    const good = { at: 1, to: 'server', kind: 'request', bytes: 3 };
    const records = [
      null,
      7,
      {},
      { at: 'x', event: 'open' },
      { at: 1, to: 'moon', kind: 'request', bytes: 1 },
      good,
    ];
    const parsed = parseBlackBox(JSON.stringify({ ...box(1), records }));
    expect(parsed).toMatchObject({ records: [good] });
  });

  const odd = { toString: 1, valueOf: 1 };

  it('makes a text of what is none, and leaves out records with it', () => {
    const head = {
      ...box(1),
      mcpPipe: odd,
      pid: odd,
      unwritten: odd,
      exception: { name: odd, stack: [odd] },
    };
    const records = [
      { at: 1, event: 'open', server: odd },
      { at: 1e300, event: 'open' },
      ...['method', 'name', 'id', 'tookMs', 'code'].map((member) => ({
        ...{ at: 1, to: 'server', kind: 'request', bytes: 1, [member]: odd },
      })),
    ];
    const parsed = parseBlackBox(JSON.stringify({ ...head, records }));
    const exception = { name: '?', stack: ['?'] };
    expect(parsed).toMatchObject({ mcpPipe: '?', pid: 0, unwritten: 0, exception, records: [] });
    expect(parseBlackBox(JSON.stringify({ ...box(1), at: 1e300 }))).toBe('broken');
  });

  it('leaves out what nests without end', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const withRecord = text.replace('"records":[', `"records":[{"at":1,"event":"open","x":${deep}},`);
    expect(withRecord).not.toBe(text);
    expect(parseBlackBox(withRecord)).toEqual(parseBlackBox(text));
    expect(parseBlackBox(text.replace('"records":[', `"x":${deep},"records":[`))).toBe('broken');
  });
});

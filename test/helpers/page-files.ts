import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

/** A folder with the files of a page, whose contents are their names. It ends with the test. */
export function pageFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-page-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['index.html', 'app.js', 'words-en.js', 'words-vi.js', 'app.css']) {
    writeFileSync(join(folder, name), name);
    writeFileSync(join(folder, `${name}.gz`), gzipSync(name));
  }
  return folder;
}

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { BOUNDS } from '../../config/bounds.js';
import { KEYS } from '../../config/key-defaults.js';
import { readOrdinaryFile } from '../../config/text-file.js';

/** Beside the file of keys: that one is written by commands alone. */
function nameOf(keyFile: string): string {
  return `${keyFile}.used`;
}

/** When keys were last used, in epoch milliseconds by their id; whatever cannot be read was never. */
export function readUsed(keyFile: string): Map<string, number> {
  try {
    const { used } = JSON.parse(
      readOrdinaryFile(nameOf(keyFile), BOUNDS.nearbyFileBytes).toString('utf8'),
    ) as {
      used: Record<string, string>;
    };
    const read = Object.entries(used).map(([id, at]): [string, number] => [id, Date.parse(at)]);
    return new Map(read.filter(([, at]) => !Number.isNaN(at)).slice(0, KEYS.most));
  } catch {
    return new Map();
  }
}

/** Writes them, beside those that another mcp-pipe with the same keys has written. A file that cannot be written is no error. */
export function writeUsed(
  keyFile: string,
  used: ReadonlyMap<string, number>,
  ids: ReadonlySet<string>,
): void {
  const file = nameOf(keyFile);
  const part = `${file}.${process.pid}`;
  const all = readUsed(keyFile);
  for (const [id, at] of used) all.set(id, Math.max(at, all.get(id) ?? 0));
  const kept = [...all].filter(([id]) => ids.has(id));
  const text = JSON.stringify({
    used: Object.fromEntries(kept.map(([id, at]) => [id, new Date(at).toISOString()])),
  });
  try {
    if (text === textOf(file)) return;
    writeFileSync(part, text, { mode: 0o600 });
    renameSync(part, file);
  } catch {
    rmSync(part, { force: true });
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

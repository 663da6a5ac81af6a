import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ignoresEnv, withEnvIgnored } from '../config/gitignore.js';
import { texts } from '../messages/commands/init.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { readTextFile, replaceFile } from './text-file.js';

/** Adds `.env` to the nearest `.gitignore` of a git repository that does not ignore it. Returns what was done, as text. */
export function keepEnvOutOfGit(folder: string, lang: Lang): string[] {
  const folders = foldersOfRepository(folder);
  if (folders.length === 0) return [];
  const found = folders.flatMap((one) => {
    const file = join(one, '.gitignore');
    const read = readTextFile(file);
    return read ? [{ file, read, isSameFolder: one === folder }] : [];
  });
  if (found.some(({ read, isSameFolder }) => ignoresEnv(read.text, isSameFolder))) return [];
  const [nearest] = found;
  if (nearest === undefined) {
    return [messagesFor(lang).commands.note({ text: texts[lang].noGitignore })];
  }
  replaceFile(nearest.file, nearest.read.encode(withEnvIgnored(nearest.read.text)));
  return [texts[lang].gitignored({ file: nearest.file })];
}

/** From this folder up to the one with `.git`; empty outside of a repository. */
function foldersOfRepository(folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    folders.push(at);
    if (existsSync(join(at, '.git'))) return folders;
    if (dirname(at) === at) return [];
  }
}

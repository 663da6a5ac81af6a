import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Lang } from '../../../src/messages/index.js';

interface OfCommand {
  /** Lacking for what a command prints that has words of its own (`production` of `check`). */
  help?: { about: string; more: string };
}

const FOLDER = join(import.meta.dirname, '../../../src/messages/commands');

/** Each file is found by itself. */
const TEXTS = await Promise.all(
  readdirSync(FOLDER).map(async (file) => {
    const { texts } = (await import(join(FOLDER, file))) as { texts: Record<Lang, OfCommand> };
    return { name: file.replace('.ts', ''), texts };
  }),
);

/** What each command says in a language, by its name. */
export function commandTexts(lang: Lang): Record<string, OfCommand> {
  return Object.fromEntries(TEXTS.map(({ name, texts }) => [name, texts[lang]]));
}

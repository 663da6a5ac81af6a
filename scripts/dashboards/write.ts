import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Board, boardJson } from './board.js';
import { link } from './link.js';
import { overview } from './overview.js';
import { server } from './server.js';
import type { Words } from './words.js';

export const FOLDER = join(import.meta.dirname, '../../deploy/compose/grafana/dashboards');
export const BOARDS: readonly Board[] = [overview, link, server];
const LANGUAGES: readonly (keyof Words)[] = ['en', 'vi'];

/** Name of each file that Grafana reads, with its text. */
export function boardFiles(): Map<string, string> {
  return new Map(
    BOARDS.flatMap((board) =>
      LANGUAGES.map((language) => [
        `${board.name}${language === 'en' ? '' : `.${language}`}.json`,
        `${JSON.stringify(boardJson(board, language), undefined, 2)}\n`,
      ]),
    ),
  );
}

/** Part of `npm run schema`. */
export function writeBoards(): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of boardFiles()) writeFileSync(join(FOLDER, name), text);
}

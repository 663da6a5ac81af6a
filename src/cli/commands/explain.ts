import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { shellWord } from '../../config/shell-word.js';
import {
  blackBoxFolder,
  type FoundBlackBox,
  linksWithBoxes,
  newestBlackBox,
} from '../../daemon/black-box-files.js';
import { stateFolderOf } from '../../daemon/state-folder.js';
import { texts } from '../../messages/commands/explain.js';
import type { Lang } from '../../messages/index.js';
import { usageError } from '../../messages/worded.js';
import { callsOf, diagnosesOf } from '../../observe/black-box-diagnosis.js';
import { parseBlackBox } from '../../observe/black-box-file.js';
import { type AskOptions, askFor, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { print, printJson, printSentences } from '../output.js';
import { formatBox } from './explain-text.js';

export interface ExplainOptions extends AskOptions {
  now?: boolean;
}

/** Longer files are no black boxes, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** `mcp-pipe explain [file|link]`. Returns the exit code. @throws UsageError for a file that cannot be read */
export async function explainBox(what: string | undefined, options: ExplainOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  if (options.now) return await explainNow(what, options, lang);
  const found = await find(what, options);
  if (found) show([found], options, lang);
  else if (options.json) printJson({ file: null });
  else printSentences(`${texts[lang].none}\n${texts[lang].noneNext}\n`);
  return ExitCode.ok;
}

async function explainNow(name: string | undefined, options: ExplainOptions, lang: Lang): Promise<number> {
  return await withDaemon(options, async () => {
    const { files } = await askFor<{ files: string[] }>(options, 'blackbox', {
      lang,
      ...(name === undefined ? {} : { name }),
    });
    if (files.length === 0 && !options.json)
      throw usageError('no-box-now', { word: name === undefined ? undefined : shellWord(name) });
    show(await Promise.all(files.map(read)), options, lang);
    return ExitCode.ok;
  });
}

/** The file of this name, or else the newest black box of the link of this name. */
async function find(
  what: string | undefined,
  { config }: ExplainOptions,
): Promise<FoundBlackBox | undefined> {
  const folder = blackBoxFolder(stateFolderOf(config));
  if (what === undefined) return await newestBlackBox(folder);
  const isFile = await stat(what).catch(() => undefined);
  if (isFile || /[/\\]|\.json$/.test(what)) return await read(what);
  const found = await newestBlackBox(folder, what);
  if (found) return found;
  throw usageError('no-black-box', {
    link: what,
    word: shellWord(what),
    known: await linksWithBoxes(folder),
  });
}

/** @throws UsageError */
async function read(name: string): Promise<FoundBlackBox> {
  const file = resolve(name);
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw usageError('black-box-foreign', { file });
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'USAGE' || code === undefined) throw error;
    throw usageError('black-box-unreadable', { file, code });
  }
  const box = parseBlackBox(text);
  if (box === 'newer') throw usageError('black-box-newer', { file });
  if (box === 'not-json' || box === 'broken') throw usageError('black-box-broken', { file });
  if (box === 'foreign') throw usageError('black-box-foreign', { file });
  return { file, box };
}

function show(found: readonly FoundBlackBox[], { json = false }: ExplainOptions, lang: Lang): void {
  const { isTTY, columns } = process.stdout;
  if (json) {
    const all = found.map(({ file, box }) => ({
      ...{ file, ...box, diagnosis: diagnosesOf(box, lang), calls: callsOf(box) },
    }));
    printJson(all.length === 1 ? all[0] : { boxes: all });
    return;
  }
  const width = isTTY && columns > 0 ? columns : undefined;
  print(found.map(({ file, box }) => formatBox(box, file, { lang, columns: width })).join('\n'));
}

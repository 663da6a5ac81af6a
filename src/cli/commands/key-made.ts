import { controlPathsOf } from '../../daemon/control-place.js';
import { pathOf, type Whose } from '../../daemon/gateway/routes.js';
import type { KeyRecord } from '../../daemon/keys/key-file.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/key.js';
import type { Lang } from '../../messages/index.js';
import type { Grant } from '../../protocol/grant.js';
import { ANSWER_WITHIN_MS, askDaemon, METHOD_NOT_FOUND } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { dialled, originOf } from '../gateway-addresses.js';
import { printError, printJson, printResult, printSentences } from '../output.js';
import { addressBlock, claudeCommand } from '../serve/print-config.js';
import type { KeyContext } from './key-context.js';
import { asJson, grantText } from './key-list.js';

/** What the running mcp-pipe did with the file that was just written. */
export type Told =
  | { outcome: 'taken-over'; pid: number; ended: number; origin: string }
  | { outcome: 'other-file'; pid: number; file: string }
  | { outcome: 'no-gateway'; pid: number }
  | { outcome: 'not-running' | 'silent' };

/** Has the running mcp-pipe read its keys again. */
export async function tellOfKeys({ file, options }: KeyContext): Promise<Told> {
  try {
    const answer = await askDaemon(controlPathsOf(options).paths, 'keys/reload', ANSWER_WITHIN_MS);
    if (answer.error) return { outcome: answer.error.code === METHOD_NOT_FOUND ? 'not-running' : 'silent' };
    const {
      pid,
      file: theirs,
      ended,
      origin,
    } = answer.result as {
      pid: number;
      file: string | null;
      ended: number;
      origin: string | null;
    };
    if (theirs === null || origin === null) return { outcome: 'no-gateway', pid };
    return theirs === file
      ? { outcome: 'taken-over', pid, ended, origin }
      : { outcome: 'other-file', pid, file: theirs };
  } catch (error) {
    if (!(error instanceof NoDaemonError)) throw error;
    return { outcome: error.code === 'DAEMON_NOT_RUNNING' ? 'not-running' : 'silent' };
  }
}

export function exitCodeOf({ outcome }: Told): number {
  return outcome === 'silent' ? ExitCode.runtime : ExitCode.ok;
}

/** A sentence about it; nothing when no mcp-pipe runs. */
export function toldText(told: Told, lang: Lang): string {
  const words = texts[lang];
  switch (told.outcome) {
    case 'taken-over':
      return words.taken(told);
    case 'other-file':
      return words.otherFile(told);
    case 'no-gateway':
      return words.withoutGateway(told);
    case 'silent':
      return words.silent;
    case 'not-running':
      return '';
  }
}

/**
 * Prints a new key: on a terminal with what to paste, into a pipe alone, so that it can be kept. This is the only time that it
 * is printed. Returns the exit code.
 */
export function printMade(
  { key, record }: { key: string; record: KeyRecord },
  told: Told,
  { file, config, options, lang, words }: KeyContext,
): number {
  const { name, grant, until } = record;
  if (options.json) {
    printJson({ key, ...asJson(record, undefined), file, told });
    return exitCodeOf(told);
  }
  const isForPeople = process.stdout.isTTY === true;
  if (isForPeople) printSentences(`${words.made({ name })}\n\n`);
  printResult(`${isForPeople ? '  ' : ''}${key}\n`, 'stdout');
  const plan = config?.gateway.plan;
  const listening = told.outcome === 'taken-over' ? told.origin : plan && originOf(plan);
  // A key is for others: where they have the gateway goes before where it listens.
  const origin = plan?.publicUrl ?? (listening && dialled(listening));
  // Not wrapped: commands are copied as whole lines.
  if (isForPeople && origin !== undefined)
    printResult(`\n${paste(key, origin + addressFor(grant), words).join('\n')}\n\n`, 'stdout');
  const notes = [
    words.allows({ opens: grantText(grant, words), until }),
    toldText(told, lang),
    config && !config.gateway.isWritten && told.outcome !== 'taken-over' ? words.noGateway : '',
  ];
  printError(`${notes.filter(Boolean).join('\n')}\n`);
  return exitCodeOf(told);
}

/** What to paste into clients, the key included. */
function paste(key: string, url: string, words: typeof texts.en): string[] {
  const { block, file } = addressBlock('cursor', url, key);
  return [
    words.paste,
    `  Claude Code  ${claudeCommand(url, key)}`,
    `  Cursor       ${file}:  ${JSON.stringify(block)}`,
    `  ${words.header}   Authorization: Bearer ${key}`,
  ];
}

/** Where a client with this grant goes: to an agent, if it may have that one alone. */
function addressFor(grant: Grant | undefined): string {
  const [agent] = grant?.servers?.length ? [] : (grant?.agents ?? []);
  const isName = agent !== undefined && !/[*?]/.test(agent);
  const whose: Whose = isName ? { agent } : { all: true };
  return pathOf(whose, 'http');
}

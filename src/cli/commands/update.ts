import { texts } from '../../messages/commands/update.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printJson, printSentences } from '../output.js';
import { installedAs } from '../update/installed-as.js';
import { remember } from '../update/memory.js';
import { askRegistry, isNewer } from '../update/registry.js';
import { version } from '../version.js';

export interface UpdateOptions {
  check?: boolean;
  json?: boolean;
  lang?: string;
}

/** `mcp-pipe update [--check]`: asks the registry, and says how a newer version comes. Returns the exit code. */
export async function update({ check = false, json, lang: wanted }: UpdateOptions): Promise<number> {
  const { env } = process;
  const words = texts[languageOf(wanted, env)];
  const current = version();
  const installed = installedAs(env);
  const answer = await askRegistry(current);
  const newest = 'version' in answer ? answer.version : null;
  const isOld = newest !== null && isNewer(newest, current);
  // The notice need not ask again today.
  if (newest !== null) remember(env, { checkedAt: Date.now(), newest, shownAt: Date.now() });
  const error =
    'version' in answer
      ? undefined
      : 'missing' in answer
        ? { code: 'UPDATE_NOT_FOUND', message: words.missing(answer) }
        : { code: 'UPDATE_UNKNOWN', message: words.failed({ said: answer.failed }) };
  if (json) {
    const found = {
      current,
      newest,
      newer: isOld,
      installedAs: installed.as,
      command: installed.command ?? null,
    };
    printJson({ ...found, ...(error ? { error } : {}) });
  } else {
    const said = error
      ? `${error.message} [${error.code}]`
      : isOld
        ? words.newer({ newest: newest!, current })
        : words.isNewest({ current, newest: newest! });
    const lines = [
      said,
      ...(isOld || error ? [words.toUpdate(installed)] : []),
      ...(check ? [] : [words.never]),
    ];
    printSentences(`${lines.join('\n')}\n`);
  }
  if (error) return ExitCode.runtime;
  return isOld ? ExitCode.newer : ExitCode.ok;
}

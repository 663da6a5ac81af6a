import type { LockedServer } from '../../daemon/packages/lock-servers.js';
import { texts } from '../../messages/commands/update.js';
import { McpPipeError } from '../../protocol/errors.js';
import { ANSWER_WITHIN_MS, askFor } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printJson, printSentences } from '../output.js';
import { installedAs } from '../update/installed-as.js';
import { remember } from '../update/memory.js';
import { askRegistry, isNewer } from '../update/registry.js';
import { version } from '../version.js';
import { lockPackages, sayLocked } from './lock.js';

export interface UpdateOptions {
  config?: string;
  envFile?: string;
  check?: boolean;
  json?: boolean;
  lang?: string;
}

/**
 * `mcp-pipe update [NAME...] [--check]`: asks the registry, and says how a newer version comes; locks newer versions of locked
 * packages, and restarts their servers. Returns the exit code.
 */
export async function update(names: readonly string[], options: UpdateOptions): Promise<number> {
  const { check = false, json, lang: wanted } = options;
  const { env } = process;
  const words = texts[languageOf(wanted, env)];
  const current = version();
  const installed = installedAs(env);
  const answer = await askRegistry(current);
  const newest = 'version' in answer ? answer.version : null;
  const isOld = newest !== null && isNewer(newest, current);
  // The notice need not ask again today.
  if (newest !== null) remember(env, { checkedAt: Date.now(), newest, shownAt: Date.now() });
  const packages = await updatePackages(names, options);
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
    printJson({
      ...found,
      ...(error ? { error } : {}),
      ...(packages.length > 0 ? { packages } : {}),
    });
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
      ...packages.map((one) => sayLocked(one, languageOf(wanted, env))),
    ];
    printSentences(`${lines.join('\n')}\n`);
  }
  if (error || packages.some(({ is }) => is === 'failed')) return ExitCode.runtime;
  const hasNewer = check && packages.some(({ is }) => is === 'newer');
  return isOld || hasNewer ? ExitCode.newer : ExitCode.ok;
}

/** A restart waits for calls that run. */
const RESTARTED_WITHIN_MS = 12 * ANSWER_WITHIN_MS;

/** What became of locked packages; without names, of all that are locked, if there is a configuration that can be read. */
async function updatePackages(names: readonly string[], options: UpdateOptions): Promise<LockedServer[]> {
  const does = options.check ? 'check' : 'update';
  let done: LockedServer[];
  try {
    done = await lockPackages(names, options, does, () => {});
  } catch (error) {
    // mcp-pipe itself can be asked for without a configuration.
    if (names.length === 0 && error instanceof McpPipeError) return [];
    throw error;
  }
  const concerned =
    names.length > 0 ? done : done.filter((one) => 'version' in one || one.why !== 'not-locked');
  if (!options.check) for (const one of concerned) if (one.is === 'newer') await restart(one.server, options);
  return concerned.filter(({ is }) => names.length > 0 || is !== 'as-written');
}

/** Restarts a server of a running mcp-pipe between its calls; where none runs, the next start has the new version. */
async function restart(name: string, { config, lang }: UpdateOptions): Promise<void> {
  const choice = config === undefined ? {} : { config };
  try {
    await askFor(choice, 'restart', { name, lang: languageOf(lang, process.env) }, RESTARTED_WITHIN_MS);
  } catch (error) {
    if (!(error instanceof McpPipeError)) throw error;
  }
}

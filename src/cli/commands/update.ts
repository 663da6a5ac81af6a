import type { LockedServer } from '../../daemon/packages/lock-servers.js';
import { type RemovedInstallation, removeOld } from '../../daemon/packages/remove-old.js';
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
import { lockPackages, sayLocked, sayRemoved } from './lock.js';

export interface UpdateOptions {
  config?: string;
  envFile?: string;
  check?: boolean;
  json?: boolean;
  lang?: string;
}

/**
 * `mcp-pipe update [--check]`: asks the registry, and says how a newer version comes; locks newer versions of locked packages, and
 * restarts their servers. With names, only the packages of these servers. Returns the exit code.
 */
export async function update(names: readonly string[], options: UpdateOptions): Promise<number> {
  return names.length > 0 ? updateServers(names, options) : updateAll(options);
}

async function updateServers(names: readonly string[], options: UpdateOptions): Promise<number> {
  const packages = await updatePackages(names, options);
  if (packages === undefined) return ExitCode.interrupted;
  const removed = options.check ? [] : await removeOld();
  if (options.json) printJson({ packages, ...(removed.length > 0 ? { removed } : {}) });
  else printSentences(`${[...said(packages, options), ...saidRemoved(removed, options)].join('\n')}\n`);
  return exitCodeOf(packages, options, {});
}

async function updateAll(options: UpdateOptions): Promise<number> {
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
  const packages = await updatePackages([], options);
  if (packages === undefined) return ExitCode.interrupted;
  const removed = check || packages.length === 0 ? [] : await removeOld();
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
      ...(removed.length > 0 ? { removed } : {}),
    });
  } else {
    const first = error
      ? `${error.message} [${error.code}]`
      : isOld
        ? words.newer({ newest: newest!, current })
        : words.isNewest({ current, newest: newest! });
    const lines = [
      first,
      ...(isOld || error ? [words.toUpdate(installed)] : []),
      ...(check ? [] : [words.never]),
      ...said(packages, options),
      ...saidRemoved(removed, options),
    ];
    printSentences(`${lines.join('\n')}\n`);
  }
  return exitCodeOf(packages, options, { isOld, hasFailed: error !== undefined });
}

function said(packages: readonly LockedServer[], { lang }: UpdateOptions): string[] {
  return packages.map((one) => sayLocked(one, languageOf(lang, process.env), true));
}

function saidRemoved(removed: readonly RemovedInstallation[], { lang }: UpdateOptions): string[] {
  return removed.length > 0 ? [sayRemoved(removed, languageOf(lang, process.env))] : [];
}

/** Something newer is said before something that could not be asked: a clone of mcp-pipe is in no registry. */
function exitCodeOf(
  packages: readonly LockedServer[],
  { check }: UpdateOptions,
  { isOld, hasFailed }: { isOld?: boolean; hasFailed?: boolean },
): number {
  if (isOld || (check && packages.some(({ is }) => is === 'newer'))) return ExitCode.newer;
  return hasFailed || packages.some(({ is }) => is === 'failed') ? ExitCode.runtime : ExitCode.ok;
}

/** A restart waits for calls that run. */
const RESTARTED_WITHIN_MS = 12 * ANSWER_WITHIN_MS;

/**
 * What became of locked packages; without names, of all that are locked, if there is a configuration that can be read. Undefined:
 * it was interrupted.
 */
async function updatePackages(
  names: readonly string[],
  options: UpdateOptions,
): Promise<LockedServer[] | undefined> {
  const does = options.check ? 'check' : 'update';
  let done: LockedServer[] | undefined;
  try {
    done = await lockPackages(names, options, does, () => {});
  } catch (error) {
    // mcp-pipe itself can be asked for without a configuration.
    if (names.length === 0 && error instanceof McpPipeError) return [];
    throw error;
  }
  if (done === undefined) return undefined;
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

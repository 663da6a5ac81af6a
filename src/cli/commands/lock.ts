import {
  type LockOptions as Does,
  type LockedServer,
  type LockStep,
  lockServers,
} from '../../daemon/packages/lock-servers.js';
import { placesOf } from '../../daemon/packages/lock-step.js';
import { type RemovedInstallation, removeOld } from '../../daemon/packages/remove-old.js';
import { texts } from '../../messages/commands/lock.js';
import { excerpt } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { Redactor } from '../../observe/redact.js';
import { ExitCode } from '../exit-codes.js';
import { listenForInterruption } from '../interruption.js';
import { languageOf } from '../language.js';
import { printJson, printSentences } from '../output.js';
import { plannedServers } from '../planned-servers.js';
import { ProgressLine } from '../progress-line.js';

export interface LockOptions {
  config?: string;
  envFile?: string;
  offline?: boolean;
  json?: boolean;
  lang?: string;
}

/** What npm said may be longer than a line. */
const WORD_LENGTH = 300;

/** `mcp-pipe lock [NAME...] [--offline]`: locks what is not locked, and looks at what is. Returns the exit code. */
export async function lock(names: readonly string[], options: LockOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  const does = options.offline ? 'lock-offline' : 'lock';
  const done = await lockPackages(names, options, does, (one) => {
    if (!options.json) printSentences(`${sayLocked(one, lang)}\n`);
  });
  if (done === undefined) return ExitCode.interrupted;
  const removed = options.offline ? [] : await removeOld();
  if (options.json) printJson({ servers: done, ...(removed.length > 0 ? { removed } : {}) });
  else if (done.length === 0) printSentences(`${words.nothing}\n`);
  if (!options.json && removed.length > 0) printSentences(`${sayRemoved(removed, lang)}\n`);
  return done.some(({ is }) => is === 'failed') ? ExitCode.runtime : ExitCode.ok;
}

/**
 * Does it for the servers of these names, and calls `onDone` for each; texts of others are without secrets. On a terminal, a line says
 * what is done at the moment. Undefined: it was interrupted; what is locked by then stays locked.
 */
export async function lockPackages(
  names: readonly string[],
  options: Pick<LockOptions, 'config' | 'envFile' | 'json' | 'lang'>,
  does: Does['does'],
  onDone: (one: LockedServer) => void,
): Promise<LockedServer[] | undefined> {
  const { servers, secrets } = await plannedServers(names, options);
  const redactor = new Redactor(secrets);
  const interruption = listenForInterruption();
  const lang = languageOf(options.lang, process.env);
  const line = options.json ? undefined : new ProgressLine('', lang);
  const onStep = (step: LockStep) => line?.next(redactor.redact(texts[lang].step(step)));
  const done: LockedServer[] = [];
  try {
    const signal = interruption.asked;
    for await (const one of lockServers(servers, {
      ...{ places: placesOf(options.config), does, signal, onStep },
    })) {
      const clean =
        'word' in one && one.word !== undefined
          ? { ...one, word: redactor.redact(excerpt(one.word, WORD_LENGTH)) }
          : one;
      done.push(clean);
      line?.clear();
      onDone(clean);
    }
    return done;
  } catch (error) {
    if (interruption.asked.aborted) return undefined;
    throw error;
  } finally {
    line?.end();
    interruption.dispose();
  }
}

/** What was removed, and where data of servers are left. */
export function sayRemoved(removed: readonly RemovedInstallation[], lang: Lang): string {
  const words = texts[lang];
  const left = removed.flatMap(({ data }) => (data === undefined ? [] : [words.dataLeft({ folder: data })]));
  return [words.removed({ number: removed.length }), ...left].join('\n');
}

/** Nothing was tried: `mcp-pipe lock` does it. */
const NOT_READY: ReadonlySet<string> = new Set(['not-locked', 'not-installed', 'changed']);

/** What became of one server, as a line. @param asked The registry was asked for newer versions of what is locked */
export function sayLocked(one: LockedServer, lang: Lang, asked = false): string {
  const words = texts[lang];
  if ('version' in one) {
    const done = { ...one, before: one.before ?? '', file: one.file ?? '' };
    return asked && one.is === 'kept' ? words.latest(done) : words.done[one.is](done);
  }
  const { server, is, package: name = '', locked } = one;
  const why = messagesFor(lang).packages.why(one);
  if (locked !== undefined) return words.unknown({ server, package: name, version: locked, why });
  if (is === 'failed' && NOT_READY.has(one.why)) return words.notReady({ server, why });
  return words[is === 'failed' ? 'failed' : 'asWritten']({ server, why });
}

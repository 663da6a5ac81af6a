import { realpathSync } from 'node:fs';
import type { PlanDiff } from '../config/diff-plan.js';
import type { FindingText } from '../daemon/configuration-report.js';
import { type ControlChoice, controlPathsOf, userId } from '../daemon/control-place.js';
import { type ControlClient, NoDaemonError, openControl } from '../faces/control/client.js';
import { excerpt } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { METHOD_NOT_FOUND, within } from './ask-daemon.js';
import { ExitCode } from './exit-codes.js';
import { printSentences } from './output.js';

/** What the running mcp-pipe did with a file that was just written. */
export type Told =
  | { outcome: 'taken-over' | 'not-concerned'; pid: number; diff: PlanDiff; warnings: readonly string[] }
  | { outcome: 'refused'; pid: number; findings: readonly FindingText[] }
  /** It runs with another file, or with none. */
  | { outcome: 'other-file'; pid: number; file: string | undefined }
  | { outcome: 'cannot'; pid: number; message: string }
  | { outcome: 'too-old' | 'still-waiting'; pid: number }
  | { outcome: 'silent' | 'not-running' };

export interface TellOptions extends ControlChoice {
  /** The file that was written; absolute. */
  file: string;
  lang: Lang;
  /** Called when it takes longer, because calls have to end first. */
  onWait?: (pid: number) => void;
}

/** A running daemon answers `health` at once. */
const ANSWER_WITHIN_MS = 3_000;
const WAIT_SAID_AFTER_MS = 2_000;
/** Longer than calls may take to end when the default of `drainTimeoutMs` counts. */
const GIVEN_UP_AFTER_MS = 60_000;

/** Asks the daemon that runs with this file to read it again. Never rejects because of the daemon. */
// D157
async function tellDaemon({ file, lang, onWait = () => {}, ...choice }: TellOptions): Promise<Told> {
  const { paths } = controlPathsOf(choice);
  let client: ControlClient | undefined;
  try {
    client = await openControl(paths, { uid: userId(), timeoutMs: ANSWER_WITHIN_MS });
    return await reloadBy(client, file, lang, onWait);
  } catch (error) {
    if (!(error instanceof NoDaemonError)) throw error;
    return { outcome: error.code === 'DAEMON_NOT_RUNNING' ? 'not-running' : 'silent' };
  } finally {
    client?.close();
  }
}

interface Health {
  pid?: unknown;
  configuration?: { file?: unknown };
}

async function reloadBy(
  client: ControlClient,
  file: string,
  lang: Lang,
  onWait: (pid: number) => void,
): Promise<Told> {
  const asked = await within(client.ask('health', { lang }), ANSWER_WITHIN_MS);
  const health = (asked?.result ?? undefined) as Health | undefined;
  if (typeof health?.pid !== 'number') return { outcome: 'silent' };
  const { pid, configuration } = health;
  if (configuration === undefined) return { outcome: 'too-old', pid };
  if (!isSameFile(configuration.file, file)) {
    const other = typeof configuration.file === 'string' ? configuration.file : undefined;
    return { outcome: 'other-file', pid, file: other };
  }
  const timer = setTimeout(() => onWait(pid), WAIT_SAID_AFTER_MS);
  try {
    const answer = await within(client.ask('reload', { lang }), GIVEN_UP_AFTER_MS);
    if (answer === undefined) return { outcome: 'still-waiting', pid };
    const { result, error } = answer;
    if (error === undefined) {
      const { isChanged, diff, warnings } = result as {
        isChanged: boolean;
        diff: PlanDiff;
        warnings: readonly string[];
      };
      return { outcome: isChanged ? 'taken-over' : 'not-concerned', pid, diff, warnings };
    }
    if (error.code === METHOD_NOT_FOUND) return { outcome: 'too-old', pid };
    const { findings } = (error.data ?? {}) as { findings?: readonly FindingText[] };
    if (findings === undefined) return { outcome: 'cannot', pid, message: error.message };
    return { outcome: 'refused', pid, findings };
  } finally {
    clearTimeout(timer);
  }
}

function isSameFile(other: unknown, file: string): boolean {
  if (typeof other !== 'string') return false;
  try {
    return realpathSync(other) === realpathSync(file);
  } catch {
    return other === file;
  }
}

/** What a command that edits does after it has written the file. */
export interface AfterEditOptions extends ControlChoice {
  file: string;
  lang: Lang;
  /** False with `--no-reload`: a running daemon is left alone. */
  reload?: boolean;
  /** Does not say how to start mcp-pipe when none runs. */
  isSilentAlone?: boolean;
  /** The command that starts mcp-pipe with the file. */
  start?: string;
  json?: boolean;
}

/** The end of such a command. */
export interface AfterEdit {
  /** What `--json` says; undefined with `--no-reload`. */
  told: Told | undefined;
  exitCode: number;
}

/** Tells the running daemon, and prints what it did or how to start one. */
export async function afterEdit({
  reload = true,
  isSilentAlone = false,
  start = 'mcp-pipe',
  json = false,
  ...choice
}: AfterEditOptions): Promise<AfterEdit> {
  if (!reload) return { told: undefined, exitCode: ExitCode.ok };
  const { told: words, commands } = messagesFor(choice.lang);
  const say = (text: string) => (json ? undefined : printSentences(`${text}\n`));
  const told = await tellDaemon({ ...choice, onWait: (pid) => say(words.waiting({ pid })) });
  const text = toldText(told, choice.lang) ?? (isSilentAlone ? undefined : commands.next({ text: start }));
  if (text !== undefined) say(text);
  const isBad = told.outcome === 'refused' || told.outcome === 'cannot' || told.outcome === 'silent';
  return { told, exitCode: isBad ? ExitCode.runtime : ExitCode.ok };
}

/** One sentence, and each finding; undefined when no daemon runs. */
function toldText(told: Told, lang: Lang): string | undefined {
  const words = messagesFor(lang).told;
  switch (told.outcome) {
    case 'taken-over': {
      const lines = told.warnings.map((warning) => `  ${warning}`);
      return [words.takenOver({ pid: told.pid, changes: changesText(told.diff, lang) }), ...lines].join('\n');
    }
    case 'not-concerned':
      return words.notConcerned(told);
    case 'refused':
      return [words.refused(told), ...told.findings.map(({ text }) => `  ${text}`)].join('\n');
    case 'other-file':
      return words.otherFile(told);
    case 'cannot':
      return words.cannot(told);
    case 'too-old':
      return words.tooOld(told);
    case 'still-waiting':
      return words.stillWaiting({ pid: told.pid, afterMs: GIVEN_UP_AFTER_MS });
    case 'silent':
      return words.silent;
    case 'not-running':
      return undefined;
  }
}

/** `memory started; link mux changed, connected as before`: of links only where that says more than the servers. */
function changesText({ servers, links }: PlanDiff, lang: Lang): string {
  const { changes } = messagesFor(lang).told;
  const named = (all: readonly { name: string; change: string }[], change: string) =>
    all.filter((one) => one.change === change).map(({ name }) => excerpt(name, 80));
  const said = (names: readonly string[], text: (what: { names: readonly string[] }) => string) =>
    names.length === 0 ? [] : [text({ names })];
  const ofServers = (['added', 'removed', 'restarted', 'updated'] as const).flatMap((change) =>
    said(named(servers, change), changes[change]),
  );
  const known = new Set(servers.flatMap(({ name, change }) => (change === 'kept' ? [] : [name])));
  const others = links.filter(({ name }) => !known.has(name));
  return [
    ...ofServers,
    ...said(named(others, 'added'), changes.linksAdded),
    ...said(named(others, 'removed'), changes.linksRemoved),
    ...said(named(others, 'replaced'), changes.linksReplaced),
    ...said([...named(others, 'members-changed'), ...named(others, 'updated')], changes.linksUpdated),
  ].join('; ');
}

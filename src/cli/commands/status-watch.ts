import { NoDaemonError } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/status.js';
import { escapeControls } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { cutToWidth } from '../../observe/display-width.js';
import { StderrSink } from '../../observe/stderr-sink.js';
import { type AskOptions, askFor } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { Keyboard } from '../keys/keyboard.js';
import type { Key } from '../keys/read-keys.js';
import { languageOf } from '../language.js';
import { openLiveBlock } from '../live.js';
import { print, printJsonLine } from '../output.js';
import { StatusChanges } from './status-changes.js';
import type { StatusReport } from './status-report.js';
import { formatStatus } from './status-table.js';

/** Durations of the table grow by themselves. */
const TICK_MS = 1_000;

/**
 * `mcp-pipe status --watch`: on a terminal one table that changes in place; elsewhere, and with `--json`, the whole again
 * whenever a state has changed. The daemon's feed says when something has changed. Ends when the user ends it, or when the first answer does not come.
 *
 * @throws NoDaemonError when none runs at the beginning
 */
export async function watchStatus(options: AskOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const ask = () => askFor<StatusReport>(options, 'health', { lang });
  const first = await ask();
  const isDrawn = process.stdout.isTTY === true && process.env.TERM !== 'dumb' && !options.json;
  const changes = new StatusChanges(options);
  try {
    const watched = { first, ask, changes, lang };
    return isDrawn ? await draw(watched) : await printChanges(watched, options.json === true);
  } finally {
    changes.close();
  }
}

interface Watched {
  first: StatusReport;
  ask: () => Promise<StatusReport>;
  changes: StatusChanges;
  lang: Lang;
}

async function draw({ first, ask, changes, lang }: Watched): Promise<number> {
  const words = texts[lang];
  let report = first;
  let reportedAt = performance.now();
  let isAway = false;
  const { block, release } = openLiveBlock(new StderrSink(1), process.stdout);
  block.start(({ columns, rows }) => {
    const at = report.at + (isAway ? 0 : performance.now() - reportedAt);
    const lines = formatStatus({ ...report, at }, lang, columns);
    const all = [...(isAway ? [words.away] : []), ...lines, words.keys];
    // The line below the block is the cursor's.
    const over = all.length - (rows - 1);
    const shown = over > 0 ? [...all.slice(0, rows - 2), words.more({ lines: over + 1 })] : all;
    return {
      lines: shown.map((line) => cutToWidth(escapeControls(line), columns)),
      nextMs: isAway ? undefined : TICK_MS,
    };
  });
  const ended = endAsked();
  try {
    for (;;) {
      ended.keyboard?.on();
      const code = await Promise.race([changes.next(), ended.code]);
      if (code !== undefined) return code;
      try {
        report = await ask();
        reportedAt = performance.now();
        isAway = false;
      } catch (error) {
        if (!(error instanceof NoDaemonError)) throw error;
        isAway = true;
      }
      block.changed();
    }
  } finally {
    ended.dispose();
    // The last table stays on the screen.
    block.keep();
    release();
  }
}

/** Resolves with the exit code when q or Ctrl-C is pressed, or a signal comes. */
function endAsked(): {
  code: Promise<number>;
  keyboard: Keyboard | undefined;
  dispose: () => void;
} {
  let end: (code: number) => void = () => {};
  const code = new Promise<number>((resolve) => {
    end = resolve;
  });
  const interrupted = () => end(ExitCode.interrupted);
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const onKeys = (keys: readonly Key[]) => {
    if (keys.includes('quit')) end(ExitCode.ok);
  };
  const keyboard = process.stdin.isTTY ? new Keyboard({ onKeys, leave: () => {} }) : undefined;
  return {
    code,
    keyboard,
    dispose: () => {
      keyboard?.close();
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    },
  };
}

async function printChanges({ first, ask, changes, lang }: Watched, json: boolean): Promise<number> {
  let shown: string | undefined;
  for (let report = first; ; await changes.next(), report = await ask()) {
    const state = stateOf(report);
    if (state === shown) continue;
    if (json) printJsonLine(report);
    else print(`${shown === undefined ? '' : '\n'}${formatStatus(report, lang).join('\n')}\n`);
    shown = state;
  }
}

/** What counts as a change: times and numbers of calls do not. */
function stateOf({ pid, links, servers = [], configuration, paused = [] }: StatusReport): string {
  const ofServer = ({ name, state, pid, warnings }: NonNullable<StatusReport['servers']>[number]) => [
    ...[name, state, pid, warnings.map(({ code }) => code)],
  ];
  const ofLinks = links.map(({ name, state, server, ready, failed, pid, members, warnings }) => [
    ...[name, state, server, ready, failed, pid, warnings.map(({ code }) => code)],
    (members ?? []).map((member) => ofServer({ ...member, links: [] })),
  ]);
  return JSON.stringify([pid, ofLinks, servers.map(ofServer), configuration, paused]);
}

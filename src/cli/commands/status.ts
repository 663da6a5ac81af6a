import { type Lang, messagesFor } from '../../messages/index.js';
import { callLines } from '../../observe/live-views.js';
import type { RunningCall } from '../../protocol/stats.js';
import { type AskOptions, askFor, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { print, printJson } from '../output.js';
import type { StatusReport } from './status-report.js';
import { formatStatus } from './status-table.js';

export interface StatusOptions extends AskOptions {
  /** The calls in flight instead of the table. */
  calls?: boolean;
  watch?: boolean;
}

/** `mcp-pipe status`: asks the running daemon. Returns the exit code, which says whether one runs, not whether it is well. */
export async function status(options: StatusOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  return await withDaemon(options, async () => {
    if (options.calls) return await printCalls(options, lang);
    if (options.watch) return await (await import('./status-watch.js')).watchStatus(options);
    const report = await askFor<StatusReport>(options, 'health', { lang });
    if (options.json) printJson(report);
    else print(`${formatStatus(report, lang, widthOf(process.stdout)).join('\n')}\n`);
    return ExitCode.ok;
  });
}

async function printCalls(options: AskOptions, lang: Lang): Promise<number> {
  const report = await askFor<{ calls: readonly RunningCall[] }>(options, 'calls');
  const calls = [...report.calls].sort((a, b) => b.ageMs - a.ageMs);
  if (options.json) printJson({ calls });
  else {
    const columns = widthOf(process.stdout) ?? Number.POSITIVE_INFINITY;
    const view = { links: [], now: 0, columns, rows: 0, colour: false, lang };
    print(`${[messagesFor(lang).live.callsRunning(calls.length), ...callLines(calls, view)].join('\n')}\n`);
  }
  return ExitCode.ok;
}

function widthOf({ isTTY, columns }: NodeJS.WriteStream): number | undefined {
  return isTTY && columns > 0 ? columns : undefined;
}

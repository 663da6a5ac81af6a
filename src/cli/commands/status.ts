import { type AskOptions, askFor, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { print, printJson } from '../output.js';
import { formatStatus, type StatusReport } from './status-table.js';

export interface StatusOptions extends AskOptions {
  watch?: boolean;
}

/** `mcp-pipe status`: asks the running daemon. Returns the exit code, which says whether one runs, not whether it is well. */
export async function status(options: StatusOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  return await withDaemon(options, async () => {
    if (options.watch) return await (await import('./status-watch.js')).watchStatus(options);
    const report = await askFor<StatusReport>(options, 'health', { lang });
    if (options.json) printJson(report);
    else print(`${formatStatus(report, lang, widthOf(process.stdout)).join('\n')}\n`);
    return ExitCode.ok;
  });
}

function widthOf({ isTTY, columns }: NodeJS.WriteStream): number | undefined {
  return isTTY && columns > 0 ? columns : undefined;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolderOf } from '../daemon/state-folder.js';

/** The log file of `mcp-pipe start -d` unless another one is asked for. */
export function defaultLogFile(config: string | undefined): string {
  return join(stateFolderOf(config), 'mcp-pipe.log');
}

/** Notes where the log of the run in the background is, for `mcp-pipe logs` when none runs. The folder has to exist. */
export function rememberLogFile(config: string | undefined, logFile: string): void {
  writeFileSync(noteOf(config), JSON.stringify({ logFile }), { mode: 0o600 });
}

/** The log file of the last `mcp-pipe start -d` with this configuration, which need not exist any more. */
export function lastLogFile(config: string | undefined): string {
  try {
    const { logFile } = JSON.parse(readFileSync(noteOf(config), 'utf8')) as { logFile?: unknown };
    if (typeof logFile === 'string') return logFile;
  } catch {
    // There was none, or the note is damaged.
  }
  return defaultLogFile(config);
}

/** What the process of the last `mcp-pipe start -d` wrote to stdout and stderr: nothing, unless it failed outside of its log. */
export function errorFile(config: string | undefined): string {
  return join(stateFolderOf(config), 'start.err');
}

function noteOf(config: string | undefined): string {
  return join(stateFolderOf(config), 'background.json');
}

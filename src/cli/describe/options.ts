import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationMs, LEAST_DWELL_MS, MODES, type Mode } from '../../config/mode.js';
import { UsageError } from '../../protocol/errors.js';

/** Tells `runProgram` the exit code of a command. */
export type Done = (exitCode: number) => void;

/** Adds one command to the program; `afterDashes` is what stands behind `--`. */
export type AddCommand = (program: Command, done: Done, afterDashes: readonly string[] | undefined) => void;

/** The options of everything that reads the configuration. */
export function configOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (default: $MCP_CONFIG, then ./mcp_config.json)')
    .option('--env-file <file>', 'file with environment variables (default: .env beside the configuration)');
}

/** The language of everything that is worded for people. */
export function langOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--lang <language>',
      'language of findings, answers and the log: en or vi (default: from LC_ALL, LC_MESSAGES, LANG)',
    ).choices(['en', 'vi']),
  );
}

/** Of everything that plans connections. */
export function modeOption(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--mode <mode>',
        'how servers are put on connections: auto shares one where they share a token, pipe gives each its own, mux shares always, rotate lets them take turns (default: "mode" of the configuration)',
      ).choices(MODES),
    )
    .option(
      '--rotate-every <duration>',
      'how long each turn lasts: 30s, 5m, 1h (default: "rotateEveryMs"); means --mode rotate',
      duration,
    );
}

/** What `modeOption` adds. */
export interface ModeOptions {
  mode?: Mode;
  /** In milliseconds. */
  rotateEvery?: number;
}

/** As a plan wants it. @throws UsageError */
export function modeOf({ mode, rotateEvery }: ModeOptions): { mode?: Mode; rotateEveryMs?: number } {
  if (rotateEvery === undefined) return mode === undefined ? {} : { mode };
  if (mode !== undefined && mode !== 'rotate') {
    throw new UsageError(`--rotate-every does not go with --mode ${mode}.`, {
      next: 'Leave one of the two out, or write --mode rotate.',
    });
  }
  return { mode: 'rotate', rotateEveryMs: rotateEvery };
}

/** For a daemon, and everything that asks one. */
export function controlOption(command: Command): Command {
  return command.option('--control <path>', 'control socket of the running daemon (env MCP_PIPE_CONTROL)');
}

/** The options of everything that writes a log. */
export function logOptions(command: Command): Command {
  return langOption(command)
    .addOption(
      new Option('--log-level <level>', 'how much to log (env MCP_PIPE_LOG_LEVEL; default info)').choices([
        'fatal',
        'error',
        'warn',
        'info',
        'debug',
        'trace',
        'silent',
      ]),
    )
    .addOption(
      new Option(
        '--log-format <format>',
        'pretty or json (env MCP_PIPE_LOG_FORMAT; default: pretty on a terminal)',
      ).choices(['pretty', 'json']),
    )
    .option('--debug', 'show where in the program an error came from');
}

/** Of commands that show their links on a terminal. */
export function liveOption(command: Command): Command {
  return command.option('--no-live', 'on a terminal, too: no lines that change in place, only the log');
}

/** For options that may be given several times. */
export function gather(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

export function numberIn(least: number, most = 2 ** 31 - 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  };
}

function duration(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms >= LEAST_DWELL_MS && ms < 2 ** 31) return ms;
  throw new InvalidArgumentError('expected a duration such as 30s, 5m or 1h.');
}

/** As it may be typed: `5m`. */
export function durationText(ms: number): string {
  const [size, unit] = (
    [
      [3_600_000, 'h'],
      [60_000, 'm'],
      [1_000, 's'],
    ] as const
  ).find(([one]) => ms % one === 0) ?? [1, 'ms'];
  return `${ms / size}${unit}`;
}

/** What may be sent in a close frame (RFC 6455 §7.4). */
export function closeCode(text: string): number {
  const code = Number(text);
  const sendable = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || code >= 3000;
  if (/^\d{4}$/.test(text) && sendable && code < 5000) return code;
  throw new InvalidArgumentError('expected a WebSocket close code that may be sent, such as 1008 or 4004.');
}

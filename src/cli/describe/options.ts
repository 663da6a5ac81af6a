import { InvalidArgumentError, Option } from 'commander';
import { readListenAddress } from '../../config/listen-address.js';
import { durationMs, LEAST_DWELL_MS, MODES } from '../../config/mode.js';
import { DEFAULT_ADDRESS } from '../../config/ui-defaults.js';
import type { AskedAddress } from '../../config/ui-plan.js';
import type { HelpWords } from '../../messages/help.js';
import { otlpUrl } from '../../protocol/otlp-url.js';
import type { LocalizedCommand } from './localized-command.js';

/** Options of commands that read the configuration. */
export function configOptions(command: LocalizedCommand): LocalizedCommand {
  return command
    .option('-c, --config <file>', command.words.options.config)
    .option('--env-file <file>', command.words.options.envFile);
}

/** Option for the language of texts for people. */
export function langOption(command: LocalizedCommand): LocalizedCommand {
  return command.addOption(new Option('--lang <language>', command.words.options.lang).choices(['en', 'vi']));
}

/** Options of commands that plan connections. */
export function modeOption(command: LocalizedCommand): LocalizedCommand {
  return command
    .addOption(new Option('--mode <mode>', command.words.options.mode).choices(MODES))
    .option('--rotate-every <duration>', command.words.options.rotateEvery, duration(command.words));
}

/** Options for a remote server in place of a server's name. */
export function remoteOptions(command: LocalizedCommand): LocalizedCommand {
  const { http, sse, ws, header, insecure } = command.words.options;
  return command
    .option('--http <url>', http)
    .option('--sse <url>', sse)
    .option('--ws <url>', ws)
    .option('-H, --header <header>', header, gather)
    .option('--insecure <host>', insecure);
}

/** Option of commands that dial. */
export function proxyOption(command: LocalizedCommand): LocalizedCommand {
  return command.option('--no-proxy', command.words.options.noProxy);
}

/** Option of the daemon and of commands that ask it. */
export function controlOption(command: LocalizedCommand): LocalizedCommand {
  return command.option('--control <path>', command.words.options.control);
}

/** Options of commands that edit the configuration, and then tell the running mcp-pipe. */
export function editOptions(command: LocalizedCommand): LocalizedCommand {
  return controlOption(langOption(command)).option('--no-reload', command.words.options.noReload);
}

/** Options of commands that ask the running daemon of a configuration. */
export function daemonOptions(command: LocalizedCommand): LocalizedCommand {
  return controlOption(langOption(command).option('-c, --config <file>', command.words.options.config));
}

/** Option for the lowest level of the log. */
export function logLevelOption(
  command: LocalizedCommand,
  about: string,
  more: readonly string[] = [],
): LocalizedCommand {
  const levels = ['fatal', 'error', 'warn', 'info', 'debug', ...more];
  return command.addOption(new Option('--log-level <level>', about).choices(levels));
}

/** Options of commands that write a log. */
export function logOptions(command: LocalizedCommand): LocalizedCommand {
  return logLevelOption(langOption(command), command.words.options.logLevel, ['trace', 'silent'])
    .addOption(
      new Option('--log-format <format>', command.words.options.logFormat).choices(['pretty', 'json']),
    )
    .option('--debug', command.words.options.debug);
}

/** Option of commands that show their links on a terminal. */
export function liveOption(command: LocalizedCommand): LocalizedCommand {
  return command.option('--no-live', command.words.options.noLive);
}

/** Options of a run that serves the status page or metrics, or is traced. */
export function watchingOptions(command: LocalizedCommand): LocalizedCommand {
  const { ui, metrics, otlp } = command.words.options;
  return command
    .option('--ui [address]', ui, listenAddress(command.words))
    .option('--metrics [address]', metrics, listenAddress(command.words))
    .option('--otlp [url]', otlp, collectorUrl(command.words));
}

function collectorUrl({ wrong }: HelpWords): (text: string) => string | true {
  return (text) => {
    if (text === '') return true;
    if (otlpUrl(text) === undefined) throw new InvalidArgumentError(wrong.otlpUrl);
    return text;
  };
}

function listenAddress({ wrong }: HelpWords): (text: string) => AskedAddress {
  return (text) => {
    // See `withValues`: nothing behind it was an address.
    const address = text === '' ? true : readListenAddress(text, DEFAULT_ADDRESS);
    if (address === undefined) throw new InvalidArgumentError(wrong.listenAddress);
    return address;
  };
}

/** `--ui calculator.js` and `--ui 7421`: the word behind it is its value only if it is an address. */
export function withValues(words: readonly string[]): string[] {
  const done: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const isValue = WITH_VALUES.get(word);
    if (!isValue) done.push(word);
    else if (isValue(words[i + 1])) done.push(`${word}=${words[++i]}`);
    else done.push(`${word}=`);
  }
  return done;
}

/** Whether a word is the value of such an option, and not what stands behind it. */
function isListenAddress(word: string | undefined): boolean {
  return word !== undefined && readListenAddress(word, DEFAULT_ADDRESS) !== undefined;
}

const isWebAddress = (word: string | undefined) => word !== undefined && /^https?:\/\//i.test(word);
/** Options that may have a value, and whether the word behind one is it. */
export const WITH_VALUES: ReadonlyMap<string, (word: string | undefined) => boolean> = new Map([
  ['--ui', isListenAddress],
  ['--metrics', isListenAddress],
  ['--otlp', isWebAddress],
]);

/** Collects the values of an option that may be given several times. */
export function gather(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

export function numberIn({ wrong }: HelpWords, least: number, most = 2 ** 31 - 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(wrong.wholeNumber(least, most));
  };
}

/** A duration as text, in milliseconds. */
export function duration({ wrong }: HelpWords): (text: string) => number {
  return (text) => {
    const ms = durationMs(text);
    if (ms !== undefined && ms >= LEAST_DWELL_MS && ms < 2 ** 31) return ms;
    throw new InvalidArgumentError(wrong.duration);
  };
}

/** Codes that a close frame may have (RFC 6455 §7.4). */
export function closeCode({ wrong }: HelpWords): (text: string) => number {
  return (text) => {
    const code = Number(text);
    const sendable = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || code >= 3000;
    if (/^\d{4}$/.test(text) && sendable && code < 5000) return code;
    throw new InvalidArgumentError(wrong.closeCode);
  };
}

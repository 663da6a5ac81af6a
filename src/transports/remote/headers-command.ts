import http from 'node:http';
import { type LaunchedProcess, launch } from '../../process/launch.js';
import { terminate } from '../../process/terminate.js';
import { LaunchError } from '../../protocol/errors.js';
import type { Clock } from '../../time/clock.js';
import { RemoteError } from './remote-error.js';
import type { HeadersCommand } from './remote-server.js';
import { notUsable } from './secure-context.js';

type Headers = Readonly<Record<string, string>>;

export interface HeadersCommandOptions {
  /** Undefined: it may run for any time. */
  timeoutMs: number | undefined;
  clock: Pick<Clock, 'after' | 'now'>;
}

/** Servers accept 8 to 16 KiB of headers. */
const MOST_OUTPUT_BYTES = 64 * 1024;
/** A command that has printed the same headers once more is not run again for this long, in milliseconds: each refused call would. */
const SAME_FOR_MS = 30_000;
/** What a process has printed before its exit has been read this much later, in milliseconds. */
const LEFTOVERS_MS = 100;

/** The headers that a command prints. It runs when they are needed first, and after the server has refused them. */
export class CommandHeaders {
  readonly #command: HeadersCommand;
  readonly #options: HeadersCommandOptions;
  #printed: Promise<Headers> | undefined;
  /** Before this time, by the clock, the command would print the same once more. */
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(command: HeadersCommand, options: HeadersCommandOptions) {
    this.#command = command;
    this.#options = options;
  }

  /** @throws RemoteError (`not-started`) that says what is wrong with the command; without its output */
  headers(): Promise<Headers> {
    const running = this.#printed ?? runHeadersCommand(this.#command, this.#options);
    this.#printed = running;
    running.catch(() => {
      if (this.#printed === running) this.#printed = undefined;
    });
    return running;
  }

  /** The server refused `refused`. Resolves with whether there are other headers now. @throws RemoteError as `headers` */
  async renewed(refused: Headers): Promise<boolean> {
    // Requests that were refused together run the command once.
    if ((await this.headers()) === refused) {
      if (this.#options.clock.now() < this.#notBefore) return false;
      this.#printed = undefined;
    }
    const isOther = !isSame(await this.headers(), refused);
    if (!isOther) this.#notBefore = this.#options.clock.now() + SAME_FOR_MS;
    return isOther;
  }
}

function isSame(one: Headers, other: Headers): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/** Names in small letters. @throws RemoteError */
async function runHeadersCommand(
  command: HeadersCommand,
  { timeoutMs, clock }: HeadersCommandOptions,
): Promise<Headers> {
  const name = JSON.stringify(command.command);
  const running = await launch(command).catch((error: unknown) => {
    if (error instanceof LaunchError) throw new RemoteError(error.message, error.end, error);
    throw error;
  });
  let isLate = false;
  let isLong = false;
  const end = () => void terminate(running, { endTimeoutMs: 0, termTimeoutMs: 0 });
  const cancel =
    timeoutMs === undefined
      ? () => {}
      : clock.after(timeoutMs, () => {
          isLate = true;
          end();
        });
  const onTooLong = () => {
    isLong = true;
    end();
  };
  const { text, exit } = await outputOf(running, onTooLong, clock);
  cancel();
  end();
  if (isLong) throw notUsable('EOUTPUT', 'headers-output', { name, line: 0, is: 'long' });
  if (isLate) throw notUsable('ETIMEDOUT', 'headers-slow', { name, ms: timeoutMs! });
  if (exit.exitCode !== 0) throw notUsable('EEXIT', 'headers-failed', { name, ...exit });
  const headers = parseHeaders(text);
  if ('is' in headers) throw notUsable('EOUTPUT', 'headers-output', { name, ...headers });
  return headers.headers;
}

/** What the process prints on stdout before its end; what it writes to stderr is dropped, because it may hold secrets. */
async function outputOf(
  { stdin, stdout, stderr, exited }: LaunchedProcess,
  onTooLong: () => void,
  clock: Pick<Clock, 'after'>,
): Promise<{ text: string; exit: Awaited<LaunchedProcess['exited']> }> {
  const chunks: Buffer[] = [];
  let length = 0;
  const ended = new Promise<void>((resolve) => {
    stdout.once('end', resolve);
    stdout.once('close', resolve);
  });
  stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MOST_OUTPUT_BYTES) chunks.push(chunk);
    else onTooLong();
  });
  stderr.on('data', () => {});
  stdout.resume();
  stderr.resume();
  stdin.end();
  const exit = await exited;
  // A descendant may keep the pipe open.
  await Promise.race([ended, new Promise<void>((resolve) => clock.after(LEFTOVERS_MS, resolve))]);
  for (const stream of [stdout, stderr]) stream.destroy();
  return { text: Buffer.concat(chunks).toString('utf8'), exit };
}

/** One header on a line, or a JSON object. Names become small letters. `line` counts from 1. */
export function parseHeaders(
  output: string,
): { headers: Headers } | { is: 'line' | 'json' | 'empty'; line: number } {
  const text = output.replace(/^\ufeff/, '').trim();
  if (text === '') return { is: 'empty', line: 0 };
  const pairs: [string, string][] = [];
  if (/^[{["]/.test(text)) {
    const read = ofJson(text);
    if (!read) return { is: 'json', line: 0 };
    pairs.push(...read);
  } else {
    for (const [i, line] of output
      .replace(/^\ufeff/, '')
      .split(/\r\n|\r|\n/)
      .entries()) {
      if (line.trim() === '') continue;
      const colon = line.indexOf(':');
      if (colon < 0) return { is: 'line', line: i + 1 };
      const pair: [string, string] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
      if (!isHeader(pair)) return { is: 'line', line: i + 1 };
      pairs.push(pair);
    }
  }
  return { headers: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])) };
}

function ofJson(text: string): [string, string][] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const pairs = Object.entries(value);
  return pairs.every(
    (pair): pair is [string, string] => typeof pair[1] === 'string' && isHeader(pair as [string, string]),
  )
    ? pairs
    : undefined;
}

function isHeader([name, value]: [string, string]): boolean {
  try {
    http.validateHeaderName(name);
    http.validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

import { texts } from '../../messages/commands/tools.js';
import { type AskReply, formatReply } from '../../messages/format-reply.js';
import { escapeControls } from '../../messages/human.js';
import { formatEvent as sayStatus } from '../../messages/status-words.js';
import { type Worded, worded } from '../../messages/worded.js';
import type { Tool, ToolList } from '../../protocol/ask.js';
import { McpPipeError } from '../../protocol/errors.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import { ExitCode } from '../exit-codes.js';
import { explain } from '../explain.js';
import { type Interruption, listenForInterruption, within } from '../interruption.js';
import { languageOf } from '../language.js';
import { printError, printJson, printSentences } from '../output.js';
import { type Reachable, type ReachOptions, reachables } from '../reach.js';
import { hasRemote, type RemoteOptions, targetFrom } from '../remote-options.js';
import { argumentsOf } from '../tool-schema.js';

export interface ToolsOptions extends ReachOptions, RemoteOptions {
  json?: boolean;
  timeoutMs: number;
}

/** `mcp-pipe tools [server]`. Returns the exit code. */
export async function tools(
  server: string | undefined,
  command: readonly string[] | undefined,
  options: ToolsOptions,
): Promise<number> {
  const words = texts[languageOf(options.lang, process.env)];
  const interruption = listenForInterruption();
  // The list of one server is the result itself; lists of all servers stand under their names.
  const one = server !== undefined || command !== undefined || hasRemote(options);
  try {
    const found = await reachables(targetFrom(server, command, options, true), options);
    const lists: Record<string, readonly Tool[]> = {};
    let failed = false;
    for (const reachable of found) {
      try {
        const { tools: listed, faults = [] } = await listOf(reachable, options, interruption);
        lists[reachable.name] = listed;
        const lang = languageOf(options.lang, process.env);
        const warning =
          faults.length > 0 && sayStatus({ type: 'list-faults', kind: 'tool', faults }, { lang });
        if (warning) printError(`${found.length > 1 ? `${reachable.name}: ` : ''}${warning}\n`);
      } catch (error) {
        if (interruption.asked.aborted) return ExitCode.interrupted;
        if (!(error instanceof McpPipeError)) throw error;
        // Among several servers, one that waits for its turn is no failure.
        failed ||= one || !(error instanceof AskError && error.reply === ErrorCode.notItsTurn);
        const lines = explain(error, {
          debug: options.debug === true,
          lang: languageOf(options.lang, process.env),
        }).lines;
        printError(`${found.length > 1 ? `${reachable.name}: ` : ''}${lines.join('\n')}\n`);
        continue;
      }
      if (!options.json)
        printSentences(formatTools(reachable.name, lists[reachable.name]!, found.length > 1, words));
    }
    const answer = one ? Object.values(lists)[0] : lists;
    if (options.json && answer) printJson(answer);
    return failed ? ExitCode.runtime : ExitCode.ok;
  } finally {
    interruption.dispose();
  }
}

/** A server answered with an error, or not at all. */
export class AskError extends McpPipeError {
  override readonly code: 'SERVER_ERROR' | 'SERVER_TIMEOUT';
  /** The code of the JSON-RPC error; undefined when there was no answer. */
  readonly reply: number | undefined;

  constructor(
    message: string,
    code: AskError['code'] = 'SERVER_ERROR',
    reply?: number,
    words: Partial<Worded> = {},
  ) {
    super(message, words);
    this.code = code;
    this.reply = reply;
  }
}

async function listOf(
  reachable: Reachable,
  { timeoutMs, lang }: ToolsOptions,
  { asked, forceSignal }: Interruption,
): Promise<ToolList> {
  const server = await reachable.open(asked, forceSignal);
  try {
    const { signal, late } = within(timeoutMs, asked);
    const outcome = await server.tools({ signal }).catch((error: unknown) => {
      throw late() ? tooLate(timeoutMs) : error;
    });
    if (late()) throw tooLate(timeoutMs);
    if ('error' in outcome)
      throw new AskError(
        formatError(reachable.name, outcome.error, lang),
        'SERVER_ERROR',
        outcome.error.code,
      );
    return outcome.result as ToolList;
  } finally {
    await server.close();
  }
}

export function tooLate(timeoutMs: number): AskError {
  const words = worded('too-late', { timeoutMs });
  return new AskError(words.message, 'SERVER_TIMEOUT', undefined, words);
}

/** The error reply of a server, or of mcp-pipe in its place, in the language of `--lang` (`wanted`). */
export function formatError(server: string, reply: AskReply, wanted: string | undefined): string {
  const text = formatReply(server, reply, languageOf(wanted, process.env));
  return `${escapeControls(text)} (${reply.code})`;
}

function formatTools(name: string, list: readonly Tool[], several: boolean, words: typeof texts.en): string {
  const lines = several ? [words.tools({ name, count: list.length })] : [];
  if (!several && list.length === 0) lines.push(words.noTools({ name }));
  const indent = several ? '  ' : '';
  for (const tool of list) {
    const given = argumentsOf(tool).map(
      ({ name: argument, type, required }) => `${argument}${required ? '*' : ''}: ${type}`,
    );
    lines.push(escapeControls(`${indent}${tool.name}(${given.join(', ')})`));
    const about = tool.description?.trim().split('\n')[0]?.trim();
    if (about) lines.push(escapeControls(`${indent}    ${about}`));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

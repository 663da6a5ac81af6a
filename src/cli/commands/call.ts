import { text as readAll } from 'node:stream/consumers';
import { nearest } from '../../config/nearest.js';
import type { AskReply } from '../../messages/format-reply.js';
import { excerpt } from '../../messages/human.js';
import { usageError } from '../../messages/worded.js';
import { makeFolder } from '../../process/make-folder.js';
import type { AskOutcome, Tool } from '../../protocol/ask.js';
import { ExitCode } from '../exit-codes.js';
import { listenForInterruption, within } from '../interruption.js';
import { languageOf } from '../language.js';
import { printError, printJson, printResult } from '../output.js';
import { ProgressLine } from '../progress-line.js';
import { type ReachedServer, type ReachOptions, reachables } from '../reach.js';
import { hasRemote, type RemoteOptions, targetFrom } from '../remote-options.js';
import { toolArguments } from '../tool-arguments.js';
import { showResult } from '../tool-result.js';
import { formatError, tooLate } from './tools.js';

export interface CallOptions extends ReachOptions, RemoteOptions {
  json?: boolean;
  out?: string;
  timeoutMs: number;
}

/** `mcp-pipe call SERVER TOOL [arguments]`. Returns the exit code. */
export async function call(
  words: readonly string[],
  command: readonly string[] | undefined,
  options: CallOptions,
): Promise<number> {
  const isNamed = !command && !hasRemote(options);
  const server = isNamed ? words[0] : undefined;
  const [name, ...rest] = isNamed ? words.slice(1) : words;
  if (name === undefined) {
    throw usageError('nothing-to-call', { isServer: isNamed && server === undefined });
  }
  const given = rest.length === 1 && rest[0] === '-' ? [await fromStdin()] : rest;
  const interruption = listenForInterruption();
  const { asked, forceSignal } = interruption;
  const line = new ProgressLine(`${name}:`, languageOf(options.lang, process.env));
  let reached: ReachedServer | undefined;
  try {
    const [found] = await reachables(targetFrom(server, command, options, true), options);
    reached = await found!.open(asked, forceSignal);
    const { signal, late } = within(options.timeoutMs, asked);
    const ask = async (question: Promise<AskOutcome>): Promise<AskOutcome | undefined> => {
      const outcome = await question.catch((error: unknown) => {
        // Closing the connection to the daemon is how the call is cancelled, so its error is none.
        if (signal.aborted) return undefined;
        throw error;
      });
      if (late()) throw tooLate(options.timeoutMs);
      return asked.aborted ? undefined : outcome;
    };
    const list = await ask(reached.tools({ signal }));
    if (!list) return ExitCode.interrupted;
    const refused = ({ error }: { error: AskReply }): number => {
      printError(`${formatError(reached!.name, error, options.lang)}\n`);
      return ExitCode.runtime;
    };
    if ('error' in list) return refused(list);
    const tool = toolNamed(name, (list.result as { tools: Tool[] }).tools, reached.name);
    const args = toolArguments(tool, given);
    // Created before the call: the call may have effects, and its result would be lost.
    if (options.out !== undefined) makeFolder(options.out);
    const outcome = await ask(reached.call(name, args, { signal, onProgress: line.onProgress }));
    line.end();
    if (!outcome) return ExitCode.interrupted;
    return 'error' in outcome ? refused(outcome) : show(outcome.result, name, options);
  } finally {
    line.end();
    await reached?.close();
    interruption.dispose();
  }
}

async function fromStdin(): Promise<string> {
  const text = await readAll(process.stdin);
  if (text.trimStart().startsWith('{')) return text;
  throw usageError('stdin-no-object');
}

function toolNamed(name: string, tools: readonly Tool[], server: string): Tool {
  const tool = tools.find((each) => each.name === name);
  if (tool) return tool;
  const meant = nearest(
    name,
    tools.map((each) => each.name),
  ).map((one) => excerpt(one, 80));
  const names = tools.map((each) => excerpt(each.name, 80));
  const shown = [...names.slice(0, 20), ...(names.length > 20 ? ['…'] : [])];
  throw usageError('no-such-tool', { server, tool: name, tools: shown, meant: meant.slice(0, 3) });
}

function show(result: unknown, tool: string, { json, out, lang }: CallOptions): number {
  const isError = (result as { isError?: unknown } | null)?.isError === true;
  const { lines } = showResult(result, tool, out, languageOf(lang, process.env));
  // The raw result goes to stdout even if it is an error, because a program reads it there.
  if (json) printJson(result);
  else if (lines.length > 0) printResult(`${lines.join('\n')}\n`, isError ? 'stderr' : 'stdout');
  return isError ? ExitCode.runtime : ExitCode.ok;
}

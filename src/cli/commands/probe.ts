import { defaults } from '../../config/defaults.js';
import type { RedisPlan } from '../../config/redis-section.js';
import { takeToken, type UsedToken } from '../../daemon/leases.js';
import { MOST_PROBED, probe as probeEndpoint } from '../../daemon/probe.js';
import { texts } from '../../messages/commands/probe.js';
import { escapeControls, formatClock } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { usageError, worded } from '../../messages/worded.js';
import { Redactor } from '../../observe/redact.js';
import type { Endpoint } from '../../protocol/endpoint.js';
import { McpPipeError } from '../../protocol/errors.js';
import { ExitCode } from '../exit-codes.js';
import { listenForInterruption } from '../interruption.js';
import { languageOf } from '../language.js';
import { print, printError } from '../output.js';
import { chooseToken, type TokenChoiceOptions } from '../token-choice.js';
import { version } from '../version.js';
import { formatProbe, formatStep, probeJson } from './probe-text.js';

export interface ProbeOptions extends TokenChoiceOptions {
  max: number;
  watchMs: number;
  yes?: boolean;
  json?: boolean;
  lang?: string;
}

/** A running mcp-pipe uses the token: a probe would disturb its connection and count wrong. */
class TokenInUseError extends McpPipeError {
  override readonly code = 'TOKEN_IN_USE';
}

/** `mcp-pipe probe`. Returns the exit code. */
export async function probe(options: ProbeOptions): Promise<number> {
  const { max, watchMs } = options;
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  const chosen = await chooseToken(options);
  const { endpoint, proxy, redis, secrets } = chosen;
  // Before the user is asked to confirm a probe that cannot run.
  await (await takeAllSlots(endpoint, redis, words))();
  if (!options.yes && !(await isConfirmed(endpoint, options, lang))) {
    printError(`${words.notAsked}\n`);
    return ExitCode.interrupted;
  }
  const release = await takeAllSlots(endpoint, redis, words);
  const { asked, forceSignal, dispose } = listenForInterruption();
  try {
    const redactor = new Redactor(secrets);
    const clean = (text: string) => escapeControls(redactor.redact(text));
    const result = await probeEndpoint({
      ...{
        endpoint,
        max,
        watchMs,
        settings: defaults,
        proxy,
        version: version(),
        signal: asked,
        forceSignal,
      },
      onStep: (step) => printError(`${clean(formatStep(step, lang))}\n`),
    });
    if (result.how === 'interrupted') return ExitCode.interrupted;
    const lines = options.json
      ? [probeJson(chosen, result)]
      : formatProbe(chosen, result, { watchMs, lang }).map(clean);
    print(`${lines.join('\n')}\n`);
    return result.how === 'failed' ? ExitCode.runtime : ExitCode.ok;
  } finally {
    await release();
    dispose();
  }
}

async function isConfirmed(endpoint: Endpoint, { max, watchMs }: ProbeOptions, lang: Lang): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError('nobody-to-ask');
  }
  const { confirm, isCancel } = await import('@clack/prompts');
  const { yes, no } = messagesFor(lang).commands;
  const answer = await confirm({
    message: texts[lang].question({ max, endpoint: String(endpoint), watchMs }),
    active: yes,
    inactive: no,
    output: process.stderr,
  });
  return !isCancel(answer) && answer;
}

/** Keeps other copies of mcp-pipe from dialling the token during the probe. @throws TokenInUseError */
async function takeAllSlots(
  endpoint: Endpoint,
  redis: RedisPlan | undefined,
  words: typeof texts.en,
): Promise<() => Promise<void>> {
  const result = await takeToken(endpoint, {
    ...{ slots: MOST_PROBED, who: 'mcp-pipe probe', redis },
    onUnavailable: (message) => printError(`${words.noFiles({ message: escapeControls(message) })}\n`),
  });
  if ('release' in result) return result.release;
  throw inUse(endpoint, result);
}

function inUse({ fingerprint: token }: Endpoint, { holder, obstacle }: UsedToken): TokenInUseError {
  const by = holder && { ...holder, since: formatClock(holder.since) };
  const words = obstacle
    ? worded('token-use-unknown', { token, ...obstacle })
    : worded('token-in-use', { token, holder: by });
  return new TokenInUseError(words.message, words);
}

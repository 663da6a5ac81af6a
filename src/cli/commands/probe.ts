import { defaults } from '../../config/defaults.js';
import { type AddressOrigin, chooseEndpoint } from '../../config/endpoint-choice.js';
import { type LoadedConfig, loadConfig } from '../../config/load.js';
import { draftPlan } from '../../config/plan.js';
import { MOST_PROBED, type ProbeResult, type ProbeStep, probe as probeEndpoint } from '../../daemon/probe.js';
import { tokenClaim } from '../../leases/claims.js';
import { LockFileSlots } from '../../leases/lock-file.js';
import { escapeControls, sayClock, sayMs } from '../../observe/human.js';
import type { Lang } from '../../observe/messages/index.js';
import { Redactor } from '../../observe/redact.js';
import { sayCause } from '../../observe/words.js';
import { Endpoint } from '../../protocol/endpoint.js';
import { McpPipeError, UsageError } from '../../protocol/errors.js';
import type { LeaseHolder } from '../../protocol/status.js';
import { systemClock } from '../../time/clock.js';
import { userId } from '../control-place.js';
import { checkedEndpoint } from '../endpoint-option.js';
import { ExitCode } from '../exit-codes.js';
import { listenForInterruption } from '../interruption.js';
import { languageOf } from '../language.js';
import { leaseFolder } from '../state-place.js';
import { version } from '../version.js';

export interface ProbeOptions {
  config?: string;
  envFile?: string;
  tokenOf?: string;
  endpoint?: string;
  max: number;
  watchMs: number;
  yes?: boolean;
  json?: boolean;
  lang?: string;
}

/** A running mcp-pipe uses the token: to probe it would disturb that one, and count wrong. */
class TokenInUseError extends McpPipeError {
  override readonly code = 'TOKEN_IN_USE';
}

/** The endpoint, and by which key `tokens` of the configuration knows it. */
interface Chosen {
  endpoint: Endpoint;
  key: string;
}

/** `mcp-pipe probe`. The result is the exit code. */
export async function probe(options: ProbeOptions): Promise<number> {
  const { max, watchMs } = options;
  const lang = languageOf(options.lang, process.env);
  const chosen = await choose(options);
  if (!options.yes && !(await isConfirmed(chosen, options))) return ExitCode.interrupted;
  const giveBack = takeAllSlots(chosen.endpoint);
  const interruption = listenForInterruption();
  try {
    const redactor = new Redactor(chosen.endpoint.secrets);
    const clean = (text: string) => escapeControls(redactor.redact(text));
    const result = await probeEndpoint({
      ...{ endpoint: chosen.endpoint, max, watchMs, settings: defaults, version: version() },
      signal: interruption.asked,
      onStep: (step) => process.stderr.write(`${clean(sayStep(step, watchMs, lang))}\n`),
    });
    if (result.how === 'interrupted') return ExitCode.interrupted;
    const lines = options.json ? [json(chosen, result)] : say(chosen, result, lang).map(clean);
    process.stdout.write(`${lines.join('\n')}\n`);
    return result.limit === undefined ? ExitCode.runtime : ExitCode.ok;
  } finally {
    giveBack();
    interruption.dispose();
  }
}

async function choose(options: ProbeOptions): Promise<Chosen> {
  const { endpoint: address, tokenOf } = options;
  if (address !== undefined) {
    const endpoint = new Endpoint(checkedEndpoint(address));
    return { endpoint, key: endpoint.fingerprint };
  }
  const cwd = process.cwd();
  const config = await loadConfig({ file: options.config, envFile: options.envFile, env: process.env, cwd });
  const target = tokenOf === undefined ? undefined : { name: tokenOf };
  const found = new Map<string, Chosen & { servers: string[] }>();
  for (const { candidate, endpoint, origin } of draftPlan(config, { target, cwd }).servers) {
    if (!endpoint) continue;
    const known = found.get(endpoint.identity);
    if (known) known.servers.push(candidate.name);
    else found.set(endpoint.identity, { ...chosenBy(endpoint, origin), servers: [candidate.name] });
  }
  const [first, ...others] = found.size > 0 || tokenOf ? [...found.values()] : ofEnvironment(config);
  if (!first) {
    throw new UsageError('There is no token to probe.', {
      next: 'Write MCP_ENDPOINT=wss://… into .env, or name a server with --token-of, or an address with --endpoint.',
    });
  }
  if (others.length === 0) return first;
  const tokens = [...found.values()].map(({ key, servers }) => `${key} (${servers.join(', ')})`);
  throw new UsageError(`There are ${found.size} tokens: ${tokens.join('; ')}.`, {
    next: `Say which one by one of its servers, for instance: mcp-pipe probe --token-of ${first.servers[0]}`,
  });
}

function ofEnvironment({ environment }: LoadedConfig): (Chosen & { servers: string[] })[] {
  const { endpoint, origin } = chooseEndpoint([], undefined, undefined, environment);
  return endpoint ? [{ ...chosenBy(endpoint, origin), servers: [] }] : [];
}

function chosenBy(endpoint: Endpoint, origin: AddressOrigin | undefined): Chosen {
  return { endpoint, key: origin?.variables[0] ?? endpoint.fingerprint };
}

async function isConfirmed({ endpoint }: Chosen, { max, watchMs }: ProbeOptions): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(
      'mcp-pipe probe opens connections with your token, and there is no terminal to ask on.',
      {
        next: 'Add --yes to go on without being asked.',
      },
    );
  }
  const { confirm, isCancel } = await import('@clack/prompts');
  const message = `Open up to ${max} connections to ${endpoint}, one every ${sayMs(watchMs)}? Whatever uses this token elsewhere may be interrupted.`;
  const answer = await confirm({ message, output: process.stderr });
  return !isCancel(answer) && answer;
}

/** While it is probed, no other mcp-pipe of this user may dial the token. @throws TokenInUseError */
function takeAllSlots(endpoint: Endpoint): () => void {
  const taken: (() => void)[] = [];
  const giveBack = () => {
    for (const slot of taken) slot();
  };
  const slots = new LockFileSlots({
    folder: leaseFolder(),
    uid: userId(),
    clock: systemClock,
    onUnavailable: ({ message }) =>
      process.stderr.write(
        `Lock files cannot be used (${escapeControls(message)}): make sure that no other mcp-pipe uses this token.\n`,
      ),
  });
  const claim = tokenClaim(endpoint, MOST_PROBED);
  for (let slot = 0; slot < MOST_PROBED; slot++) {
    const result = slots.take(claim, 'mcp-pipe probe');
    if ('taken' in result) {
      taken.push(result.taken);
      continue;
    }
    giveBack();
    throw inUse(endpoint, result.holder);
  }
  const [other] = slots.strangers(claim);
  if (!other) return giveBack;
  giveBack();
  throw inUse(endpoint, other);
}

function inUse({ fingerprint }: Endpoint, holder: LeaseHolder | undefined): TokenInUseError {
  const who = holder ? `: pid ${holder.pid}, link ${holder.link}, since ${sayClock(holder.since)}` : '';
  return new TokenInUseError(`A running mcp-pipe uses token #${fingerprint}${who}.`, {
    next: 'Stop it, probe, and start it again: more connections would disturb it, and it would be counted.',
  });
}

function sayStep(step: ProbeStep, watchMs: number, lang: Lang): string {
  const { number } = step;
  switch (step.type) {
    case 'opening':
      return `Connection ${number}: opening.`;
    case 'watching':
      return `Connection ${number}: open; watching for ${sayMs(watchMs)} what the endpoint does.`;
    case 'closing':
      return `Connection ${number}: closing.`;
    case 'ended':
      return `Connection ${number}: ended: ${sayCause(step.diagnosis, lang).what} [${step.diagnosis.cause}].`;
  }
}

function say({ endpoint, key }: Chosen, result: ProbeResult, lang: Lang): string[] {
  const token = endpoint.token === '' ? String(endpoint) : `Token #${endpoint.fingerprint}`;
  if (result.limit === undefined) {
    const why = 'diagnosis' in result ? sayCause(result.diagnosis, lang) : undefined;
    return [
      `${token}: the limit could not be found: ${why?.what ?? 'interrupted'}.`,
      ...(why ? [why.next] : []),
    ];
  }
  const connections = result.limit === 1 ? '1 connection' : `${result.limit} connections`;
  const lines =
    result.how === 'not-reached'
      ? [`${token} allows at least ${connections}; more were not tried.`]
      : [
          `${token} allows ${connections}: ${HOW[result.how]}${result.isDeaf && result.how === 'replaced' ? ALSO_DEAF : ''}`,
        ];
  lines.push('Write it into the configuration:', `  "tokens": ${JSON.stringify(entry(key, result.limit))}`);
  return lines;
}

const HOW = {
  refused: 'one more is not let in.',
  replaced: 'one more is let in, and an older one is closed for it.',
  deaf: 'one more stays open but is never asked anything.',
} as const;
const ALSO_DEAF = ' The new one is then never asked anything.';

function entry(key: string, connectionsPerToken: number): object {
  return { [key]: { connectionsPerToken } };
}

function json({ endpoint, key }: Chosen, result: ProbeResult): string {
  const { limit, how } = result;
  const diagnosis = 'diagnosis' in result ? result.diagnosis : undefined;
  return JSON.stringify(
    {
      fingerprint: endpoint.fingerprint,
      limit: limit ?? null,
      how,
      isExact: limit !== undefined && how !== 'not-reached',
      cause: diagnosis?.cause ?? null,
      code: diagnosis?.code ?? null,
      ...(limit === undefined ? {} : { tokens: entry(key, limit) }),
    },
    null,
    2,
  );
}

import { type ControlChoice, controlPathsOf } from '../../daemon/control-place.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/health.js';
import { formatError } from '../../messages/format-error.js';
import { excerpt, formatCall, nameOf } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { worded } from '../../messages/worded.js';
import { displayWidth, padToWidth, wrapWords } from '../../observe/display-width.js';
import type { HealthReport, LinkHealth, ServerHealth } from '../../observe/health.js';
import { askDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { print, printJson } from '../output.js';

type Words = typeof texts.en;

export interface HealthOptions extends ControlChoice {
  json?: boolean;
  lang?: string;
}

/** Docker waits 30 s by default; a daemon that needs longer than this is unhealthy. */
const TIMEOUT_MS = 3_000;

/** `mcp-pipe health`: asks the running daemon. Returns the exit code. */
export async function health(options: HealthOptions): Promise<number> {
  const { stdout } = process;
  const { paths } = controlPathsOf(options);
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  try {
    const report = await ask(paths, lang);
    if (options.json) printJson(report);
    else print(formatReport(report, words, stdout.isTTY === true ? stdout.columns : undefined));
    return report.healthy ? ExitCode.ok : ExitCode.runtime;
  } catch (error) {
    if (!(error instanceof NoDaemonError) || !options.json) throw error;
    const { what: message, next } = formatError(error, lang);
    const { code } = error;
    printJson({ healthy: false, error: { code, message, next } });
    return ExitCode.runtime;
  }
}

async function ask(paths: readonly string[], lang: Lang): Promise<HealthReport> {
  const { result, error } = await askDaemon(paths, 'health', TIMEOUT_MS, { lang });
  if (isReport(result)) return result;
  throw new NoDaemonError('DAEMON_SILENT', worded('daemon-refuses', { message: error?.message }));
}

function isReport(value: unknown): value is HealthReport {
  return typeof value === 'object' && value !== null && 'healthy' in value && 'links' in value;
}

/**
 * One line per link, indented lines for its servers if it has several, and a verdict above when no link works. A line wider
 * than the terminal goes on below, beside the name.
 */
function formatReport(
  { healthy, links, at }: HealthReport,
  words: Words,
  columns = Number.POSITIVE_INFINITY,
): string {
  const rows = links.flatMap((link) => [
    {
      name: nameOf(link.name, link.members?.length === 1 ? link.members[0]!.name : undefined),
      parts: partsOf(link, at, words),
    },
    ...severalOf(link).map((server) => ({
      name: `  ${server.name}`,
      parts: partsOfServer(server, link.turn, at, words),
    })),
  ]);
  const width = Math.max(...rows.map(({ name }) => displayWidth(name)), 0);
  const indent = ' '.repeat(width + 2);
  const lines = rows.map(({ name, parts }) =>
    wrapWords([padToWidth(name, width), ...parts].join('  '), columns, 0, indent),
  );
  if (!healthy) lines.unshift(words.unhealthy);
  return `${lines.join('\n')}\n`;
}

function severalOf({ members }: LinkHealth): readonly ServerHealth[] {
  return members && members.length > 1 ? members : [];
}

/** `waiting for 12 s`, `server ready (memory-server)`, `Cannot connect to …` */
function partsOf(link: LinkHealth, at: number, words: Words): string[] {
  const { server, serverName, since, ready, failed, turn, serverWhy, connectionWhy } = link;
  const state = words.states[link.state];
  const servers = severalOf(link);
  const up = servers.filter((one) => one.state === 'ready' || one.state === 'parked').length;
  const hasTurn = servers.some(({ name }) => name === turn);
  return [
    lasting(ready ? words.works : failed ? words.failed({ state }) : state, since, at, words),
    hasTurn && turn !== undefined
      ? words.turnOf({ server: turn })
      : servers.length > 0
        ? words.serversReady({ ready: up, of: servers.length })
        : words.server({ what: named(formatState(server, words), serverName) }),
    ...(servers.length > 0 ? [] : factsOf(link, serverWhy, at, words)),
    ...neverAsked(link, at, words),
    ...[serverWhy, connectionWhy].filter((why) => why !== undefined),
    ...warningsOf(link),
  ];
}

function partsOfServer(server: ServerHealth, turn: string | undefined, at: number, words: Words): string[] {
  const { name, state, serverName, since, why } = server;
  // A server that is ready before its turn cannot be called yet.
  const waits = turn !== undefined && name !== turn && (state === 'parked' || state === 'ready');
  const word = waits ? words.turnLater : formatState(state, words);
  return [
    lasting(named(word, serverName), since, at, words),
    ...factsOf(server, why, at, words),
    ...(why === undefined ? [] : [why]),
    ...warningsOf(server),
  ];
}

/** Facts about a server beside its state: its calls, restarts and last end. */
function factsOf(
  { calls, restartsLastHour, lastExit }: Pick<ServerHealth, 'calls' | 'restartsLastHour' | 'lastExit'>,
  why: string | undefined,
  at: number,
  words: Words,
): string[] {
  const { answered, failed, lastAt, inFlight, oldest } = calls;
  const agoMs = lastAt === undefined ? undefined : Math.max(0, at - lastAt);
  const running = oldest && {
    call: formatCall({ method: excerpt(oldest.method, 80), name: oldest.name && excerpt(oldest.name, 80) }),
    forMs: Math.max(0, at - oldest.since),
  };
  return [
    ...(answered + failed > 0 ? [words.calls({ answered, failed, agoMs })] : []),
    ...(running ? [words.running({ inFlight, ...running })] : []),
    ...(restartsLastHour > 0 ? [words.restarts({ times: restartsLastHour })] : []),
    // While the server is down, the reason already says how it ended.
    ...(lastExit && why === undefined
      ? [words.lastExit({ agoMs: at - lastExit.at, text: lastExit.text })]
      : []),
  ];
}

function neverAsked({ connection }: LinkHealth, at: number, words: Words): string[] {
  const since = connection?.neverAskedSince;
  return since === undefined ? [] : [words.neverAsked({ forMs: Math.max(0, at - since) })];
}

/** A link with one server also shows that server's warnings. */
function warningsOf({
  warnings,
  members,
}: Pick<LinkHealth, 'warnings'> & { members?: LinkHealth['members'] }): string[] {
  const own = members?.length === 1 ? members[0]!.warnings : [];
  return [...warnings, ...own].map(({ text }) => text);
}

/** `parked` of a server is not the `parked` of a link: the server waits for a call, the link for a connection. */
function formatState(state: ServerHealth['state'], words: Words): string {
  return state === 'parked' ? words.stoppedOnPurpose : words.states[state];
}

function named(state: string, serverName: string | undefined): string {
  return serverName === undefined ? state : `${state} (${serverName})`;
}

function lasting(what: string, since: number | undefined, at: number, words: Words): string {
  return since === undefined ? what : words.lasting({ what, forMs: at - since });
}

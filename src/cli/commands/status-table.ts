import { shellWord } from '../../config/shell-word.js';
import { texts as health } from '../../messages/commands/health.js';
import { texts } from '../../messages/commands/status.js';
import { severalWords } from '../../messages/copies-words.js';
import { excerpt, formatClock, formatMs, nameOf } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { displayWidth, padToWidth, wrapWords } from '../../observe/display-width.js';
import type { LinkHealth, ServerHealth } from '../../observe/health.js';
import { pageWays } from '../page-link.js';
import { inColumns, narrowed } from './check-table.js';
import { formatState, severalOf, warningsOf } from './health-text.js';
import { savedLines } from './lock-saves.js';
import { noteOf, savedOf } from './status-demand.js';
import { gatewayLines } from './status-gateway.js';
import { redisLine } from './status-redis.js';
import type { StatusReport } from './status-report.js';

/** A gateway may have hundreds; those that have been connected for longest are named. */
const MAX_CLIENTS = 8;

type Words = typeof texts.en;
type Column = keyof Words['columns'];
/** The cells of a row, and what stands below it: more than its columns say. */
type Cells = Record<Column, string> & { note?: string };

/** These are left out when they say nothing of any row. Where there is no room for all columns, they stand below the row. */
const OPTIONAL: readonly Column[] = ['failed', 'restarts', 'next', 'last'];
/** These are left out on a very narrow terminal, from the left. */
const DISPENSABLE: readonly Column[] = ['pid', 'since', 'calls'];
const ALL: readonly Column[] = ['name', 'state', 'since', 'pid', 'calls', ...OPTIONAL];
/** Numbers stand at the right. */
const RIGHT: readonly Column[] = ['since', 'pid', 'calls', 'failed', 'restarts'];
/** A narrower name, state or end could not be told from another. */
const LEAST: Partial<Record<Column, number>> = { name: 8, state: 12, last: 24 };

interface Context {
  at: number;
  words: Words;
  states: (typeof health)[Lang];
  lang: Lang;
  isPaused: (name: string) => boolean;
  launches: NonNullable<StatusReport['launches']>;
}

/**
 * The lines of `mcp-pipe status`: what runs, a table with a row for each link and indented rows for its servers if it has
 * several, servers that several links use once at the end; below it what is wrong, and what to do.
 *
 * @param columns Width of the terminal; undefined when the text is not for one.
 */
export function formatStatus(report: StatusReport, lang: Lang, columns?: number): string[] {
  const words = texts[lang];
  const { at, links, servers = [], paused = [], launches = {} } = report;
  const names = new Set(paused.map(({ name }) => name));
  const isPaused = (name: string) => names.has(name);
  const context: Context = { at, words, lang, states: health[lang], isPaused, launches };
  const ofLinks = links.flatMap((link) => rowsOf(link, context));
  const ofServers = servers.map((server) => cellsOfServer(server, undefined, context));
  const shown = new Set([...ofLinks, ...ofServers].map(({ name }) => name.trim()));
  // While one is paused, the links that run may not have it.
  const others = [...names].filter((name) => !shown.has(name));
  const table = tableOf(
    [...ofLinks, ...others.map((name) => pausedRow(name, paused, context))],
    ofServers,
    context,
    columns,
  );
  const wrap = (line: string, indent: string) =>
    wrapWords(line, columns ?? Number.POSITIVE_INFINITY, 0, indent).split('\n');
  const toDo = problemsOf(report, context);
  const ignoring = links.filter(({ listChanges }) => listChanges === 'ignores-list-changed');
  const saved = savedOf(report);
  const note = words.ignoresLists({ names: ignoring.map(({ name }) => name).join(', ') });
  return [
    ...headOf(report, words).flatMap((line) => wrap(line, '  ')),
    ...gatewayLines(report, lang, columns),
    ...(report.page
      ? wrap(words.page({ url: pageWays(report.page.origin).link, key: report.page.key }), '  ')
      : []),
    // A gateway may be all that runs.
    ...(report.gateway && links.length + others.length === 0 ? [] : ['', ...table]),
    ...(saved ? ['', ...wrap(messagesFor(lang).demand.asleep(saved), '  ')] : []),
    ...(ignoring.length > 0 ? ['', ...wrap(note, '  ')] : []),
    ...savedLines(report.lockSaves ?? {}, lang).flatMap((line) => ['', ...wrap(line, '  ')]),
    ...(toDo.length > 0 ? ['', words.toDo, ...toDo.flatMap((line) => wrap(`  ${line}`, '    '))] : []),
  ];
}

/** States of servers of a gateway about which there is something to do. */
const FAILING: ReadonlySet<string> = new Set(['failing', 'silent', 'refusing', 'down']);

function headOf(report: StatusReport, words: Words): string[] {
  const {
    at,
    startedAt,
    pid,
    configuration,
    clients = [],
    instances = [],
    waits,
    ratesAlone,
    redis,
  } = report;
  const running = words.running({ pid, forMs: Math.max(0, at - startedAt) });
  const all = clients.map(({ name, servers, key }) => {
    const of = key === undefined ? '' : `, ${words.ofKey({ key })}`;
    return `${name} (${servers.join(', ')}${of})`;
  });
  const names = all.length > MAX_CLIENTS ? [...all.slice(0, MAX_CLIENTS), '…'] : all;
  const idle = instances.filter((one) => one.clients.length === 0).map(({ name }) => name);
  const used = [
    ...(redis ? [redisLine(redis, at, words)] : []),
    ...(ratesAlone ? [words.ratesAlone(ratesAlone)] : []),
    ...(waits && waits.calls + waits.changes > 0 ? [words.waits(waits)] : []),
    ...(names.length > 0 ? [words.clients({ names })] : []),
    ...(idle.length > 0 ? [words.unusedInstances({ names: idle })] : []),
  ];
  if (!configuration) return [running, ...used];
  const { file, readAt, changedSince, watching, refused } = configuration;
  const read = formatClock(readAt, at);
  return [
    running,
    [
      file === undefined ? words.withoutFile({ at: read }) : words.configuration({ file, at: read }),
      ...(watching ? [words.watching] : []),
      ...(changedSince.length > 0 && !refused ? [words.changed({ files: changedSince })] : []),
    ].join(' '),
    ...(refused
      ? [
          words.refused({ at: formatClock(refused.at, at) }),
          ...refused.findings.map(({ text }) => `  ${excerpt(text, 600)}`),
        ]
      : []),
    ...used,
  ];
}

function rowsOf(link: LinkHealth, context: Context): Cells[] {
  const own = severalOf(link).filter(({ isShared }) => !isShared);
  return [cellsOfLink(link, context), ...own.map((one) => indented(cellsOfServer(one, link.turn, context)))];
}

function indented(cells: Cells): Cells {
  return { ...cells, name: `  ${cells.name}` };
}

function cellsOfLink(link: LinkHealth, context: Context): Cells {
  const { words, states, isPaused } = context;
  const { name, members, ready, failed, server, turn } = link;
  const servers = severalOf(link);
  // It starts when the link has its turn at the token.
  const isSpare = link.state === 'parked' && server === 'down' && link.failures.server === 0;
  const isServerDown = server !== 'ready' && server !== 'parked' && !isSpare && servers.length === 0;
  const ofLink = states.states[link.state];
  const state = isServerDown ? formatState({ state: server, isRemote: link.isRemote }, states) : ofLink;
  const plain = ready ? states.works : failed ? states.failed({ state }) : state;
  const up = servers.filter((one) => one.state === 'ready' || one.state === 'parked').length;
  const whole =
    turn !== undefined && servers.length > 0
      ? `${plain}, ${states.turnOf({ server: turn })}`
      : servers.length > 0
        ? words.ofServers({ state: plain, ready: up, of: servers.length })
        : plain;
  const [single] = members?.length === 1 ? members : [];
  return {
    ...factsOf(
      { ...link, nextAt: servers.length > 0 ? link.nextDialAt : soonest(link.nextDialAt, link.nextStartAt) },
      context,
    ),
    name: withCopies(nameOf(name, single?.name), link, context),
    state: isPaused(name) ? words.paused : whole,
    pid: String(link.pid ?? single?.pid ?? '-'),
    ...(servers.length > 0 || single?.isShared
      ? {}
      : noteOf({ ...link, state: server }, { ...context, launch: context.launches[single?.name ?? name] })),
    // The rows of several servers say how each of them ended, and how often it was started again.
    ...(servers.length > 0 ? { restarts: '', last: '' } : {}),
  };
}

function cellsOfServer(server: ServerHealth, turn: string | undefined, context: Context): Cells {
  const { words, states, isPaused } = context;
  const { name, state } = server;
  const waits = turn !== undefined && name !== turn && (state === 'parked' || state === 'ready');
  return {
    ...factsOf({ ...server, nextAt: server.nextStartAt }, context),
    name: withCopies(name, server, context),
    state: isPaused(name) ? words.paused : waits ? states.turnLater : formatState(server, states),
    ...noteOf(server, { ...context, launch: context.launches[name] }),
  };
}

/** A server with several processes is one row: `slow ×3, 2 busy`. */
function withCopies(name: string, { copies }: Pick<ServerHealth, 'copies'>, { lang }: Context): string {
  return copies ? `${name} ${severalWords(copies, lang)}` : name;
}

function factsOf(
  {
    since,
    pid,
    calls: { answered, failed },
    restartsLastHour,
    lastExit,
    nextAt,
  }: Pick<ServerHealth, 'since' | 'pid' | 'calls' | 'restartsLastHour' | 'lastExit'> & {
    nextAt: number | undefined;
  },
  { at, words, lang }: Context,
): Omit<Cells, 'name' | 'state'> {
  return {
    since: since === undefined ? '-' : formatMs(Math.max(0, at - since), messagesFor(lang).numbers),
    pid: String(pid ?? '-'),
    calls: String(answered),
    failed: failed > 0 ? String(failed) : '',
    restarts: restartsLastHour > 0 ? String(restartsLastHour) : '',
    next: nextAt === undefined ? '' : words.in(nextAt - at),
    last: lastExit ? words.ago({ agoMs: Math.max(0, at - lastExit.at), text: lastExit.text }) : '',
  };
}

function pausedRow(name: string, paused: NonNullable<StatusReport['paused']>, context: Context): Cells {
  const since = paused.find((one) => one.name === name)?.since;
  const calls = { inFlight: 0, oldest: undefined, answered: 0, failed: 0, lastAt: undefined };
  const nothing = { pid: undefined, restartsLastHour: 0, lastExit: undefined, nextAt: undefined };
  return { ...factsOf({ ...nothing, since, calls }, context), name, state: context.words.paused, calls: '-' };
}

function soonest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((at) => at !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** The table, with the rows of shared servers under a line of their own. */
function tableOf(
  ofLinks: readonly Cells[],
  ofServers: readonly Cells[],
  { words, states }: Context,
  columns = Number.POSITIVE_INFINITY,
): string[] {
  const head = words.columns;
  const rows = [...ofLinks, ...ofServers];
  const natural = (one: Column) => Math.max(...[head, ...rows].map((row) => displayWidth(row[one])));
  const least = (one: Column) => Math.min(natural(one), LEAST[one] ?? Number.POSITIVE_INFINITY);
  const sum = (shown: readonly Column[], widthOf: (one: Column) => number) =>
    shown.reduce((width, one) => width + 2 + widthOf(one), -2);
  const used = ALL.filter((one) => !OPTIONAL.includes(one) || rows.some((row) => row[one] !== ''));
  // Only the last column goes on below when it is too wide.
  const isRoomy = (some: readonly Column[]) =>
    sum(some, (one) => (one === 'last' ? least(one) : natural(one))) <= columns;
  const narrow = used.filter((one) => !OPTIONAL.includes(one));
  const narrower = DISPENSABLE.map((_, i) => narrow.filter((one) => !DISPENSABLE.slice(0, i).includes(one)));
  // A whole name and state are worth more than the process id.
  const isCut = sum(narrow, natural) > columns;
  const shown =
    [used, used.filter((one) => one !== 'last')].find(isRoomy) ??
    narrower.slice(isCut ? 1 : 0).find((some) => sum(some, least) <= columns) ??
    narrower.at(-1)!;
  const hidden = OPTIONAL.filter((one) => !shown.includes(one));
  const hasLast = shown.at(-1) === 'last';
  const fixed = hasLast ? shown.slice(0, -1) : shown;
  const grid = [head, ...rows].map((row) => fixed.map((one) => row[one]));
  const widths = narrowed(grid, hasLast ? undefined : columns, fixed.map(least));
  const before = sum(fixed, (one) => widths[fixed.indexOf(one)]!) + 2;
  const lineOf = (row: Cells): string => {
    const aligned = fixed.map((one, i) => (RIGHT.includes(one) ? padLeft(row[one], widths[i]!) : row[one]));
    const line = inColumns(aligned, widths);
    if (!hasLast || row.last === '') return line;
    return padToWidth(line, before) + wrapWords(row.last, columns, before, ' '.repeat(before));
  };
  const linesOf = (row: Cells) => [
    lineOf(row),
    ...below(row, hidden, words, states, columns),
    ...(row.note === undefined ? [] : [wrapWords(`    ${row.note}`, columns, 0, '    ')]),
  ];
  return [
    lineOf(head),
    ...ofLinks.flatMap(linesOf),
    ...(ofServers.length > 0 ? [states.sharedServers, ...ofServers.flatMap(linesOf)] : []),
  ].flatMap((text) => text.split('\n'));
}

function padLeft(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text;
}

/** The parts of a row that have no column on this terminal. */
function below(
  row: Cells,
  hidden: readonly Column[],
  words: Words,
  states: Context['states'],
  columns: number,
): string[] {
  const parts = hidden.flatMap((one) => {
    if (row[one] === '') return [];
    if (one === 'failed') return [words.callsFailed({ failed: Number(row.failed) })];
    if (one === 'restarts') return [states.restarts({ times: Number(row.restarts) })];
    return [one === 'next' ? words.nextTry({ next: row.next }) : words.lastEnd({ last: row.last })];
  });
  return parts.length === 0 ? [] : [wrapWords(`    ${parts.join('; ')}`, columns, 0, '    ')];
}

/** For each link and server that is down, why, and what to do about it: the texts of the report. */
function problemsOf(
  { links, servers = [], paused = [], logins = [], gateway }: StatusReport,
  { words }: Context,
): string[] {
  const ofLinks = links.flatMap((link) => {
    const own = severalOf(link).filter(({ isShared }) => !isShared);
    const isShared = (link.members ?? []).some((member) => member.isShared);
    const whys = [isShared || own.length > 0 ? undefined : link.serverWhy, link.connectionWhy];
    const texts = [
      ...whys.filter((why) => why !== undefined),
      ...warningsOf(isShared ? { warnings: link.warnings } : link),
    ];
    return [
      ...texts.map((text) => `${link.name}: ${text}`),
      ...own.flatMap((server) => ofServer(server, nameOf(link.name, server.name))),
    ];
  });
  const said = [...ofLinks, ...servers.flatMap((server) => ofServer(server, server.name))];
  // Those of the gateway alone are in no link that says more.
  const ofGateway = Object.entries(gateway?.servers ?? {})
    .filter(([name, state]) => FAILING.has(state) && !said.some((text) => text.startsWith(`${name}: `)))
    .map(([name]) => `${name}: ${words.seeLog({ word: shellWord(name) })}`);
  return [
    ...said,
    ...ofGateway,
    ...logins.flatMap(({ server, text }) => (text === undefined ? [] : [`${server}: ${text}`])),
    ...paused.map(({ name }) => `${name}: ${words.toResume({ name })}`),
  ];
}

function ofServer(server: ServerHealth, name: string): string[] {
  const texts = [...(server.why === undefined ? [] : [server.why]), ...warningsOf(server)];
  return texts.map((text) => `${name}: ${text}`);
}

import { texts } from '../../messages/commands/health.js';
import { excerpt, formatCall, nameOf } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { demandParts } from '../../observe/demand-parts.js';
import { displayWidth, padToWidth, wrapWords } from '../../observe/display-width.js';
import type { HealthReport, LinkHealth, ServerHealth, SharedServerHealth } from '../../observe/health.js';

type OwnWords = typeof texts.en;
type Words = OwnWords & Pick<ReturnType<typeof messagesFor>, 'live' | 'demand'>;

/** Size of the terminal. */
interface Size {
  columns: number;
  rows: number;
}

interface Row {
  name: string;
  parts: string[];
  /** The links that this one may be named with in one line. */
  group?: Group | undefined;
}

/** Links of which there is nothing else to say: they work, or only lack a server that has a line of its own. */
type Group = 'working' | 'withoutServer';

/** What the parts of a line are made with. */
interface Context {
  at: number;
  words: Words;
  /** Number of the servers that several links use: they have lines of their own. */
  shared: number;
  /** At most this many links are named behind a server. */
  most: number;
}

/** Names of links that fit into a line of a terminal behind a server. */
const MOST_NAMED = 8;
/** When at most this many links do not use a server, these are named instead: it is shorter. */
const MOST_WITHOUT = 3;

/**
 * One line per link, indented lines for its servers if it has several, and a verdict above when no link works. Servers that
 * several links use follow, each once. A line wider than the terminal goes on below, beside the name.
 *
 * @param size Undefined when the text is not for a terminal.
 */
export function formatReport(report: HealthReport, lang: Lang, size?: Size): string {
  const { live, demand } = messagesFor(lang);
  const words = { ...texts[lang], live, demand };
  const { healthy, links, servers = [], at } = report;
  const columns = size?.columns ?? Number.POSITIVE_INFINITY;
  const context = { at, words, shared: servers.length, most: size ? MOST_NAMED : links.length };
  const ofLinks = links.flatMap((link) => rowsOf(link, context));
  const ofServers = servers.map((server) => ({
    name: `  ${server.name}`,
    parts: partsOfShared(server, links, context),
  }));
  const width = Math.max(...[...ofLinks, ...ofServers].map(({ name }) => displayWidth(name)), 0);
  const indent = ' '.repeat(width + 2);
  const wrapped = ({ name, parts }: Row) =>
    wrapWords([padToWidth(name, width), ...parts].join('  '), columns, 0, indent).split('\n');
  const below = servers.length > 0 ? [...['', words.sharedServers], ...ofServers.flatMap(wrapped)] : [];
  const verdict = healthy ? [] : [words.unhealthy];
  const whole = [...verdict, ...ofLinks.flatMap(wrapped), ...below];
  // The line of the prompt follows.
  if (servers.length === 0 || whole.length < (size?.rows ?? Number.POSITIVE_INFINITY)) return textOf(whole);
  const inOneLine = (group: Group) => {
    const ofGroup = ofLinks.flatMap((row) => (row.group === group ? row.link : []));
    if (ofGroup.length === 0) return [];
    const names = ofGroup.map(({ name }) => name).join(', ');
    const summary = `${words.groups[group]({ users: whoAre(ofGroup, words) })}: ${names}`;
    return wrapWords(summary, columns, 0, '  ').split('\n');
  };
  return textOf([
    ...verdict,
    ...ofLinks.filter(({ group }) => group === undefined).flatMap(wrapped),
    ...inOneLine('withoutServer'),
    ...inOneLine('working'),
    ...below,
  ]);
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function rowsOf(link: LinkHealth, context: Context): (Row & { link: LinkHealth })[] {
  const { at, words } = context;
  const own = severalOf(link).filter(({ isShared }) => !isShared);
  return [
    {
      link,
      name: nameOf(link.name, link.members?.length === 1 ? link.members[0]!.name : undefined),
      parts: partsOf(link, context),
      group: own.length === 0 ? groupOf(link) : undefined,
    },
    ...own.map((server) => ({
      link,
      name: `  ${server.name}`,
      parts: partsOfServer(server, link.turn, at, words),
    })),
  ];
}

function groupOf({
  ready,
  connection,
  connectionWhy,
  warnings,
  server,
  members,
}: LinkHealth): Group | undefined {
  if (connectionWhy !== undefined || warnings.length > 0 || !members?.every(({ isShared }) => isShared))
    return;
  if (ready) return connection?.neverAskedSince === undefined ? 'working' : undefined;
  return server === 'ready' || server === 'parked' ? undefined : 'withoutServer';
}

export function severalOf({ members }: LinkHealth): readonly ServerHealth[] {
  return members && members.length > 1 ? members : [];
}

/** `waiting for 12 s`, `server ready (memory-server)`, `Cannot connect to …` */
function partsOf(link: LinkHealth, { at, words, shared }: Context): string[] {
  const { server, since, ready, failed, turn, connectionWhy } = link;
  const isShared = (link.members ?? []).some((server) => server.isShared);
  // The line of a server that several links use has its name, facts and reasons.
  const { serverName, serverWhy } = isShared ? {} : link;
  const state = words.states[link.state];
  const servers = severalOf(link);
  const up = servers.filter((one) => one.state === 'ready' || one.state === 'parked').length;
  const hasTurn = servers.some(({ name }) => name === turn);
  return [
    lasting(ready ? words.works : failed ? words.failed({ state }) : state, since, at, words),
    hasTurn && turn !== undefined
      ? words.turnOf({ server: turn })
      : servers.length > 0
        ? words.serversReady({ ready: up, of: servers.length }) + namesOf(servers, shared)
        : words.server({
            what: named(formatState({ state: server, isRemote: link.isRemote }, words), serverName),
          }),
    ...(isShared || servers.length > 0
      ? []
      : [...onDemand({ ...link, state: server }, at, words), ...factsOf(link, serverWhy, at, words)]),
    ...neverAsked(link, at, words),
    ...(link.listChanges === 'ignores-list-changed' ? [words.ignoresListChanges] : []),
    ...[serverWhy, connectionWhy].filter((why) => why !== undefined),
    ...warningsOf(isShared ? { warnings: link.warnings } : link),
  ];
}

/** As of a server among others, with its process and the links that use it. */
function partsOfShared(
  server: SharedServerHealth,
  all: readonly LinkHealth[],
  { at, words, most }: Context,
): string[] {
  const [state, ...others] = partsOfServer(server, undefined, at, words);
  const links = all.filter(({ name }) => server.links.includes(name));
  return [
    state!,
    ...(server.pid === undefined ? [] : [words.live.pid(server.pid)]),
    formatUsers(links, all, { words, most }),
    ...others,
  ];
}

function formatUsers(
  links: readonly LinkHealth[],
  all: readonly LinkHealth[],
  { words, most }: Pick<Context, 'words' | 'most'>,
): string {
  const users = whoAre(links, words);
  if (links.length === all.length) return words.usedByAll({ users });
  const without = all.filter((link) => !links.includes(link)).map(({ name }) => name);
  if (without.length <= Math.min(MOST_WITHOUT, links.length))
    return words.usedByAllBut({ users, names: without.join(', ') });
  const named = links.slice(0, most).map(({ name }) => name);
  const names = [...named, ...(links.length > named.length ? ['…'] : [])].join(', ');
  return words.usedBy({ users, names });
}

/** The shared servers that a link uses, unless it uses all of them: ` (music, memory)`. */
function namesOf(servers: readonly ServerHealth[], shared: number): string {
  const used = servers.filter(({ isShared }) => isShared).map(({ name }) => name);
  return used.length === 0 || used.length === shared ? '' : ` (${used.join(', ')})`;
}

/** `20 agents`, or `20 links` when not all of them belong to agents. */
function whoAre(links: readonly LinkHealth[], words: Words): string {
  const agents = new Set(links.map(({ agent }) => agent));
  return agents.has(undefined) ? words.live.links(links.length) : words.live.agents(agents.size);
}

function partsOfServer(server: ServerHealth, turn: string | undefined, at: number, words: Words): string[] {
  const { name, state, serverName, since, why } = server;
  // A server that is ready before its turn cannot be called yet.
  const waits = turn !== undefined && name !== turn && (state === 'parked' || state === 'ready');
  const word = waits ? words.turnLater : formatState(server, words);
  return [
    lasting(named(word, serverName), since, at, words),
    ...onDemand(server, at, words),
    ...factsOf(server, why, at, words),
    ...(why === undefined ? [] : [why]),
    ...warningsOf(server),
  ];
}

function onDemand(
  { state, startMs, demand }: Pick<ServerHealth, 'state' | 'startMs' | 'demand'>,
  at: number,
  words: Words,
): string[] {
  return demandParts({ isAsleep: state === 'parked', startMs, demand }, at, words.demand);
}

/** Facts about a server beside its state: its calls, restarts and last end. */
function factsOf(
  {
    calls,
    restartsLastHour,
    lastExit,
    isRemote,
  }: Pick<ServerHealth, 'calls' | 'restartsLastHour' | 'lastExit' | 'isRemote'>,
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
    ...(restartsLastHour > 0 ? [words.restarts({ times: restartsLastHour, isRemote })] : []),
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
export function warningsOf({
  warnings,
  members,
}: Pick<LinkHealth, 'warnings'> & { members?: LinkHealth['members'] }): string[] {
  const own = members?.length === 1 ? members[0]!.warnings : [];
  return [...warnings, ...own].map(({ text }) => text);
}

/** `parked` of a server is not the `parked` of a link: the server waits for a call, the link for a connection. */
export function formatState(
  { state, isRemote }: Pick<ServerHealth, 'state' | 'isRemote'>,
  words: OwnWords,
): string {
  const { states, remoteStates, stoppedOnPurpose } = words;
  const own = isRemote ? (remoteStates as Partial<typeof states>)[state] : undefined;
  return state === 'parked' ? stoppedOnPurpose : (own ?? states[state]);
}

function named(state: string, serverName: string | undefined): string {
  return serverName === undefined ? state : `${state} (${serverName})`;
}

function lasting(what: string, since: number | undefined, at: number, words: Words): string {
  return since === undefined ? what : words.lasting({ what, forMs: at - since });
}

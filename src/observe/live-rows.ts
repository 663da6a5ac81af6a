import { nameOf } from '../messages/human.js';
import type { LinkSnapshot, ServerSnapshot } from './link-snapshot.js';
import {
  KINDS,
  type Kind,
  printableName,
  type State,
  stateOf,
  stateOfServer,
  type View,
  type Words,
} from './live-state.js';
import { type SharedServer, sharedServersOf } from './shared-servers.js';

/** Subject of one line: a link, one of its several servers below it, or a server that several links use. */
export interface Row {
  /** By which a person chooses it: the position among all rows, from 1. */
  number: number;
  name: string;
  /** The names in the log of what it stands for. */
  about: readonly string[];
  state: State;
  /** The lines of the link's servers, when it has several. */
  below: readonly Row[];
  /** When the servers take turns, the one that has its turn. */
  turn?: string;
  /** Number of the servers, as text: the name of such a link says little by itself. */
  together?: string;
}

/** At most this many links are named behind a server that several use. */
export const MOST_USERS = 3;

/** What there is to show. */
export interface Rows {
  ofLinks: readonly Row[];
  /** The servers that several links use. */
  ofServers: readonly Row[];
  /** All of them, each server of a link below its link, in the order of their numbers. */
  all: readonly Row[];
}

/** One row for each link, with its servers below it when it has several, and one for each server that several links use. */
export function rowsOf(view: View, shared = sharedServersOf(view.links)): Rows {
  const ofLinks = view.links.map((link) => (usesShared(link) ? rowOfUser(link, view) : rowOf(link, view)));
  const ofServers = shared.map((one) => rowOfShared(one, view));
  const all = [...ofLinks.flatMap((row) => [row, ...row.below]), ...ofServers];
  for (const [i, row] of all.entries()) row.number = i + 1;
  return { ofLinks, ofServers, all };
}

function rowOf(link: LinkSnapshot, view: View): Row {
  const { members = [] } = link;
  if (members.length < 2) {
    const name = printableName(nameOf(link.name, members[0]?.name), view);
    return row(name, [link.name, ...members.map((one) => one.name)], stateOf(link, view));
  }
  const below = members.map((member) => rowOfMember(member, link, view));
  const own = row(printableName(link.name, view), [link.name], stateOf(link, view), below);
  if (link.turn !== undefined) return { ...own, turn: printableName(link.turn, view) };
  return { ...own, together: view.words.together(members.length) };
}

function row(name: string, about: readonly string[], state: State, below: readonly Row[] = []): Row {
  return { number: 0, name, about, state, below };
}

function rowOfMember(member: ServerSnapshot, link: LinkSnapshot, view: View): Row {
  const name = `  ${printableName(member.name, view)}`;
  return row(name, [member.name], stateOfServer(member, link, view));
}

function usesShared({ members = [] }: LinkSnapshot): boolean {
  return members.some(({ isShared }) => isShared);
}

/** A link with servers that other links use, too: these have lines of their own, and its line does not repeat their facts. */
function rowOfUser(link: LinkSnapshot, view: View): Row {
  const { words } = view;
  const { members = [], turn } = link;
  const isShared = members.some((one) => one.isShared && (members.length === 1 || one.name === turn));
  const whole = stateOf({ ...link, pid: undefined, serverName: undefined }, view, isShared);
  // The servers that others use go on.
  const isLeaving = link.state === 'draining' && (link.draining?.pending ?? 0) === 0;
  const state = isLeaving ? { ...whole, text: words.stoppingLink } : whole;
  const servers = members.map((member) => rowOfMember(member, link, view));
  const below = servers.filter((_, i) => !members[i]!.isShared);
  if (members.length === 1)
    return row(
      printableName(nameOf(link.name, members[0]!.name), view),
      [link.name, members[0]!.name],
      state,
    );
  const own = row(printableName(link.name, view), [link.name], state, below);
  if (turn !== undefined) return { ...own, turn: printableName(turn, view) };
  if (link.state === 'draining' || link.state === 'closed') return own;
  const ready = servers.filter((server) => server.state.kind === 'connected').length;
  const together =
    ready < servers.length
      ? words.serversReady(`${ready}/${servers.length}`)
      : words.together(servers.length);
  return { ...own, together };
}

function rowOfShared({ server, link, links }: SharedServer, view: View): Row {
  const { words } = view;
  const { kind, text, detail } = stateOfServer(server, link, view);
  const names = links.map(({ name }) => printableName(name, view));
  const isMany = links.length > MOST_USERS;
  const usedBy = words.usedBy(isMany ? formatUsers(links, words) : names.join(', '));
  // Names come last: before the server's own name they would look like one list with it.
  const details = isMany ? [usedBy, ...detail] : [...detail, usedBy];
  return row(printableName(server.name, view), [server.name], { kind, text, detail: details });
}

/** `20 agents`; `20 links` when not all of them belong to agents. */
function formatUsers(links: readonly LinkSnapshot[], words: Words): string {
  const agents = new Set(links.map(({ agent }) => agent));
  return agents.has(undefined) ? words.links(links.length) : words.agents(agents.size);
}

/** A link without lines for its servers: their problems are shown on its own line. */
export function closed(row: Row, words: Words): Row {
  const { state, below } = row;
  if (below.length === 0 || state.kind === 'stopped') return row;
  const ready = below.filter((server) => server.state.kind === 'connected').length;
  const said =
    row.turn === undefined ? words.serversReady(`${ready}/${below.length}`) : words.turnOf(row.turn);
  const { together: _, ...rest } = row;
  const detail = [said, ...state.detail];
  return { ...rest, state: { ...state, kind: worst(row), detail }, below: [] };
}

export function worst({ state, below }: Row): Kind {
  return KINDS.find((kind) => state.kind === kind || below.some((server) => server.state.kind === kind))!;
}

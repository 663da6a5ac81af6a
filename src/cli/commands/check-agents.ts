import type { CheckResult } from '../../config/check/check.js';
import type { texts } from '../../messages/commands/check.js';
import { escapeControls } from '../../messages/human.js';
import { displayWidth, wrapWords } from '../../observe/display-width.js';
import { shownEndpoint } from './check-rows.js';
import { inColumns, leastWidth, narrowed, type Paint } from './check-table.js';

/** An agent on one of its addresses. */
export interface AgentRow {
  agent: string;
  /** The address without its token; undefined when it is not set, or cannot be used. */
  endpoint: string | undefined;
  fingerprint: string | undefined;
  /** True for an agent without an endpoint, which clients of the gateway have. */
  isProfile: boolean;
  /** Names of the links that serve it. */
  links: string[];
  /** Its servers, in the order of the configuration. */
  servers: AgentServer[];
}

interface AgentServer {
  /** The name of its entry. */
  name: string;
  /** The name of its process: of one that all agents share, that of the entry. */
  process: string;
  /** True when the agent sees some of its tools only. */
  isFiltered: boolean;
}

/** Which agent has which servers: a row for each address of an agent, in the order of the configuration. */
export function agentRows({ servers, links, profiles }: CheckResult): AgentRow[] {
  const rows = new Map<string, AgentRow & { place: number | undefined }>();
  const linksOf = new Map<string, string[]>();
  for (const { name, endpoint, servers: own } of links)
    for (const server of own) {
      const key = `${endpoint.identity}\n${server}`;
      linksOf.set(key, [...(linksOf.get(key) ?? []), name]);
    }
  for (const { name, entryName, addresses } of servers) {
    for (const { agent, endpoint } of addresses) {
      if (agent === undefined) continue;
      const key = `${agent.name}\n${endpoint?.identity ?? ''}`;
      const row = rows.get(key) ?? {
        ...{ agent: agent.name, links: [], servers: [], place: agent.place.line },
        isProfile: profiles.some((profile) => profile.name === agent.name),
        endpoint: endpoint && shownEndpoint(endpoint),
        fingerprint: endpoint?.fingerprint,
      };
      rows.set(key, row);
      const own = linksOf.get(`${endpoint?.identity}\n${name}`) ?? [];
      row.links.push(...own.filter((link) => !row.links.includes(link)));
      row.servers.push({ name: entryName, process: name, isFiltered: Object.hasOwn(agent.tools, entryName) });
    }
  }
  return [...rows.values()]
    .sort((a, b) => (a.place ?? 0) - (b.place ?? 0))
    .map(({ place: _, ...row }) => row);
}

/** In columns. The name of a server is a title there; wider ones make a list of the table. */
const longestTitle = 16;

/**
 * A table of agents and servers: a cell says whether the agent has the server, and whether in a process of its own. Where the
 * servers do not fit beside each other, they follow below each agent.
 */
export function agentTable(
  rows: readonly AgentRow[],
  words: typeof texts.en,
  columns: number | undefined,
  paint: Paint,
  redact: (text: string) => string,
): string {
  const clean = (text: string) => escapeControls(redact(text));
  const names = [...new Set(rows.flatMap(({ servers }) => servers.map(({ name }) => name)))];
  const endpointOf = ({ endpoint, fingerprint, isProfile }: AgentRow) =>
    endpoint === undefined
      ? isProfile
        ? words.agentColumns.gateway
        : '-'
      : `${endpoint}${markOf(fingerprint)}`;
  const titles = [words.agentColumns.agent, words.columns.endpoint].map((title) => title.toUpperCase());
  const least = [leastWidth, leastWidth + markOf('12345678').length];
  const cellOf = ({ servers }: AgentRow, name: string) => {
    const server = servers.find((one) => one.name === name);
    if (server === undefined) return '-';
    const { yes, own } = words.agentColumns;
    return `${server.process === name ? yes : own}${server.isFiltered ? '*' : ''}`;
  };
  const matrix = [
    [...titles, ...names.map(clean)],
    ...rows.map((row) =>
      [row.agent, endpointOf(row)].map(clean).concat(names.map((name) => cellOf(row, name))),
    ),
  ];
  const leastOfServers = names.map((_, i) =>
    Math.max(...matrix.map((line) => displayWidth(line[i + titles.length]!))),
  );
  const room = columns ?? widestMatrix;
  const needed = [...least, ...leastOfServers].reduce((sum, width) => sum + width + 2, -2);
  const fits = needed <= room && leastOfServers.every((width) => width <= longestTitle);
  const lines = fits ? matrix : matrix.map((line) => line.slice(0, titles.length));
  const widths = narrowed(lines, columns, [...least, ...leastOfServers]);
  const shown = lines.flatMap((line, i) => {
    const row = rows[i - 1];
    if (row === undefined) return [paint('bold', inColumns(line, widths))];
    const text = inColumns(line, widths, { column: 1, end: markOf(row.fingerprint) });
    return fits ? [text] : [text, listOf(row, words, columns, clean)];
  });
  return [...shown, ...legendOf(rows, fits, words, columns)].join('\n');
}

/** In columns, where the width of the terminal is not known. */
const widestMatrix = 120;

function markOf(fingerprint: string | undefined): string {
  return fingerprint === undefined ? '' : ` #${fingerprint}`;
}

function listOf(
  { servers }: AgentRow,
  { agentColumns: { own } }: typeof texts.en,
  columns: number | undefined,
  clean: (text: string) => string,
): string {
  const all = servers.map(
    ({ name, process, isFiltered }) =>
      `${clean(name)}${process === name ? '' : ` (${own})`}${isFiltered ? '*' : ''}`,
  );
  return `  ${wrapWords(all.join(', '), columns ?? Number.POSITIVE_INFINITY, 2, '  ')}`;
}

/** What the words and marks of the table mean, as far as they occur in it. */
function legendOf(
  rows: readonly AgentRow[],
  isMatrix: boolean,
  { agentColumns: words }: typeof texts.en,
  columns: number | undefined,
): string[] {
  const servers = rows.flatMap((row) => row.servers);
  const notes = [
    ...(isMatrix ? [words.yesMeans] : []),
    ...(servers.some(({ name, process }) => name !== process) ? [words.ownMeans] : []),
    ...(servers.some(({ isFiltered }) => isFiltered) ? [words.filteredMeans] : []),
  ];
  if (notes.length === 0) return [];
  return [wrapWords(`${notes.join('; ')}.`, columns ?? Number.POSITIVE_INFINITY, 0, '')];
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filled } from '../../scripts/dashboards/filled.js';
import { METRICS } from '../../src/observe/metrics/table.js';
import { promtool } from '../helpers/prometheus.js';
import { COMPOSE } from './shipped.js';

interface Target {
  refId: string;
  expr: string;
  datasource: { type: string; uid: string };
}

interface BoardPanel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
}

/** A dashboard, as far as tests look into it. */
export interface Board {
  uid: string;
  title: string;
  schemaVersion: number;
  tags: string[];
  links: { type: string; tags: string[] }[];
  templating: { list: { name: string; type: string; definition?: string }[] };
  panels: BoardPanel[];
}

/** The shipped dashboards by the name of their file. */
export function shippedBoards(): Map<string, Board> {
  const folder = join(COMPOSE, 'grafana/dashboards');
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Board]));
}

/** Every expression with the title of its panel. */
export function expressionsOf(board: Board): { title: string; expr: string }[] {
  return board.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
}

/** What is not of mcp-pipe: of Prometheus itself, and of node-exporter. */
const OTHERS: Record<string, readonly string[]> = {
  up: ['job', 'instance'],
  ALERTS: ['alertname', 'alertstate'],
  node_cpu_seconds_total: ['cpu', 'mode'],
  node_memory_MemAvailable_bytes: [],
  node_memory_MemTotal_bytes: [],
  node_filesystem_avail_bytes: ['device', 'fstype', 'mountpoint'],
  node_filesystem_size_bytes: ['device', 'fstype', 'mountpoint'],
};
const OF_SCRAPES = ['job', 'instance'];
const WORDS = new Set(['by', 'without', 'on', 'ignoring', 'and', 'or', 'unless', 'bool', 'offset']);

/** Values that make every expression of a board complete. */
const ANY = { __rate_interval: '5m', instance: '.*', link: 'a', server: 'a' };

/** What is wrong with a dashboard, in words; nothing, when nothing is. `folder`: for files of promtool. */
export function faultsOf(board: Board, folder: string): string[] {
  return [...shapeFaults(board), ...nameFaults(board), ...syntaxFaults(board, folder)];
}

function shapeFaults({ uid, schemaVersion, templating, panels }: Board): string[] {
  const faults: string[] = [];
  if (!/^[\w-]{1,40}$/.test(uid ?? '')) faults.push(`uid ${uid}`);
  if (!(schemaVersion >= 36)) faults.push(`schemaVersion ${schemaVersion}`);
  if (!templating.list.some(({ name, type }) => name === 'datasource' && type === 'datasource'))
    faults.push('no variable for the data source');
  const ids = panels.map(({ id }) => id);
  for (const id of new Set(ids))
    if (!Number.isInteger(id) || ids.filter((one) => one === id).length > 1) faults.push(`panel id ${id}`);
  for (const [i, one] of panels.entries()) {
    const { x, y, w, h } = one.gridPos;
    if (!(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24)) faults.push(`${one.title} is outside`);
    for (const { title, gridPos: to } of panels.slice(i + 1))
      if (x < to.x + to.w && to.x < x + w && y < to.y + to.h && to.y < y + h)
        faults.push(`${one.title} lies on ${title}`);
    const targets = one.targets ?? [];
    if (one.type !== 'row' && targets.length === 0) faults.push(`${one.title} asks nothing`);
    if (new Set(targets.map(({ refId }) => refId)).size < targets.length) faults.push(`${one.title}: refId`);
    for (const { datasource } of targets)
      if (datasource.uid !== '$' + '{datasource}') faults.push(`${one.title} names its data source`);
  }
  return faults;
}

/** Metrics that nothing exports, labels that they do not have, variables that the board does not have. */
function nameFaults(board: Board): string[] {
  const variables = new Set([...board.templating.list.map(({ name }) => name), '__rate_interval']);
  const asked = [
    ...expressionsOf(board),
    ...board.templating.list.flatMap(({ name, definition }) =>
      definition === undefined ? [] : [{ title: name, expr: selectorOf(definition) }],
    ),
  ];
  return asked.flatMap(({ title, expr }) => {
    const faults = [...expr.matchAll(/\$\{?(\w+)/g)]
      .filter(([, name]) => !variables.has(name!))
      .map(([, name]) => `${title}: no variable ${name}`);
    const labels = new Set<string>(OF_SCRAPES);
    for (const name of namesIn(expr)) {
      const base = name.replace(/_(bucket|sum|count)$/, '');
      const own = Object.hasOwn(METRICS, base) ? METRICS[base as keyof typeof METRICS] : undefined;
      // Of a histogram only its parts have values.
      const isOurs = own !== undefined && (own.type === 'histogram') === (base !== name);
      if (!isOurs && !Object.hasOwn(OTHERS, name)) faults.push(`${title}: nothing exports ${name}`);
      for (const label of own?.labels ?? OTHERS[name] ?? []) labels.add(label);
      if (own?.type === 'histogram') labels.add('le');
    }
    for (const label of labelsIn(expr))
      if (!labels.has(label)) faults.push(`${title}: nothing has the label ${label}`);
    return faults;
  });
}

/** `label_values(selector, label)` as an expression that names both. */
function selectorOf(definition: string): string {
  const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
  return `count by (${label}) (${selector})`;
}

const LISTS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;

/** Names of metrics: words that are no function, no label, no duration and no text. */
export function namesIn(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '""')
    .replace(LISTS, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(/\b[a-zA-Z_:][\w:]*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name));
}

function labelsIn(expr: string): string[] {
  const bare = expr.replace(/"[^"]*"/g, '""');
  const listed = [...bare.matchAll(LISTS)].flatMap(([, list]) => list!.split(','));
  const matched = [...bare.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) =>
    list!.split(',').map((one) => one.split(/[=!]/)[0]!),
  );
  return [...listed, ...matched].map((label) => label.trim()).filter((label) => label !== '');
}

/** One run for all of them: promtool names the rule that it does not understand. */
function syntaxFaults(board: Board, folder: string): string[] {
  const asked = expressionsOf(board);
  const known = new Set(Object.keys(ANY));
  const rules = asked.map(({ expr }, i) => {
    const isComplete = [...expr.matchAll(/\$\{?(\w+)/g)].every(([, name]) => known.has(name!));
    // What has another variable is said elsewhere.
    return { record: `expression_${i}`, expr: isComplete ? filled(expr, ANY) : 'vector(0)' };
  });
  const file = join(folder, 'expressions.json');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'board', rules }] }));
  const { code, output } = promtool(['check', 'rules', '--lint=none', file]);
  if (code === 0) return [];
  const titles = [...output.matchAll(/"expression_(\d+)"/g)].map(([, i]) => asked[Number(i)]!.title);
  return [`${titles.join(', ')}: ${output}`];
}

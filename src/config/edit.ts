import {
  applyEdits,
  createScanner,
  type Edit,
  type Node,
  type ParseError,
  parseTree,
  type SyntaxKind,
} from 'jsonc-parser';
import type { ToolFilter } from '../protocol/tool-filter.js';
import { SECTIONS } from './foreign-keys.js';
import type { ServerOptions } from './server-options.js';

/** One entry of `mcpServers` as it is written into the file. */
export interface ServerEntry
  extends Partial<Record<Exclude<keyof ServerOptions, 'tools' | 'rename' | 'describe'>, unknown>> {
  type?: string;
  command?: string;
  args?: readonly string[];
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  envFile?: string;
  endpoint?: string | readonly string[];
  tools?: ToolFilter;
  url?: string;
  headers?: Readonly<Record<string, string>>;
  oauth?: Readonly<Record<string, unknown>> | false;
  disabled?: boolean;
}

export interface NamedEntry {
  name: string;
  entry: ServerEntry;
}

/** One entry of `agents` as it is written into the file. */
export interface NamedAgent {
  name: string;
  agent: { endpoint: string; servers?: readonly string[]; tools?: Readonly<Record<string, ToolFilter>> };
}

const COMMA: SyntaxKind.CommaToken = 5;
const LINE_COMMENT: SyntaxKind.LineCommentTrivia = 12;
const BLOCK_COMMENT: SyntaxKind.BlockCommentTrivia = 13;

/** A configuration of these servers and agents, and nothing else. */
export function newConfigText(servers: readonly NamedEntry[], agents: readonly NamedAgent[] = []): string {
  const sections = [
    section(
      'mcpServers',
      servers.map(({ name, entry }) => ({ name, value: entry })),
    ),
    ...(agents.length > 0
      ? [
          section(
            'agents',
            agents.map(({ name, agent }) => ({ name, value: agent })),
          ),
        ]
      : []),
  ];
  return `{\n${sections.join(',\n')}\n}\n`;
}

function section(key: string, members: readonly { name: string; value: object }[]): string {
  if (members.length === 0) return `  "${key}": {}`;
  const lines = members.map(({ name, value }, i) => {
    const comma = i < members.length - 1 ? ',' : '';
    return `    ${JSON.stringify(name)}: ${render(value, '    ', '  ', '\n')}${comma}\n`;
  });
  return `  "${key}": {\n${lines.join('')}  }`;
}

/**
 * Returns the text with this server's entry: in place of the entry of that name, or behind the last one. Every comment
 * outside of a replaced entry and every other byte stay. Undefined when the text has no object for it.
 */
export function withServer(text: string, name: string, entry: ServerEntry): string | undefined {
  if (text.trim() === '') return newConfigText([{ name, entry }]);
  const root = rootOf(text);
  if (root === undefined) return undefined;
  for (const section of SECTIONS) {
    const value = member(root, section)?.children?.[1];
    const old = value && member(value, name)?.children?.[1];
    if (!old) continue;
    const content = render(entry, indentAt(text, old.parent!.offset), unitOf(text), eolOf(text));
    return applyEdits(text, [{ offset: old.offset, length: old.length, content }]);
  }
  const section = SECTIONS.find((key) => member(root, key) !== undefined);
  if (section === undefined) return insert(text, root, 'mcpServers', { [name]: entry });
  const servers = member(root, section)!.children![1]!;
  return servers.type === 'object' ? insert(text, servers, name, entry) : undefined;
}

/** Returns the text without this server; comments around it stay. Undefined when no server has that name. */
export function withoutServer(text: string, name: string): string | undefined {
  const root = rootOf(text);
  for (const section of root === undefined ? [] : SECTIONS) {
    const servers = member(root!, section)?.children?.[1];
    const property = servers && member(servers, name);
    if (property) return applyEdits(text, removal(text, servers, property));
  }
  return undefined;
}

/** An agent whose servers were edited. */
export interface EditedAgent {
  name: string;
  /** How many servers it names now; undefined when it names none and has all of them. */
  left: number | undefined;
}

/** Returns the text in which no agent names this server, in its servers or its filters, and the agents that did. */
export function withoutServerOfAgents(text: string, name: string): { text: string; agents: EditedAgent[] } {
  const agents = new Map<string, EditedAgent>();
  let edited = text;
  for (;;) {
    const found = namedByAgent(edited, name);
    if (found === undefined) return { text: edited, agents: [...agents.values()] };
    const { around, part, ...agent } = found;
    agents.set(agent.name, agent);
    edited = applyEdits(edited, removal(edited, around, part));
  }
}

/** The first place where an agent names a server: an element of `servers`, or a member of `tools`. */
function namedByAgent(
  text: string,
  server: string,
): ({ around: Node; part: Node } & EditedAgent) | undefined {
  const root = rootOf(text);
  const agents = root && member(root, 'agents')?.children?.[1];
  for (const { children } of agents?.type === 'object' ? (agents.children ?? []) : []) {
    const [key, agent] = children ?? [];
    if (!key || !agent) continue;
    const servers = member(agent, 'servers')?.children?.[1];
    const list = servers?.type === 'array' ? (servers.children ?? []) : undefined;
    const left = list?.filter(({ value }) => value !== server).length;
    const element = list?.find(({ value }) => value === server);
    if (element) return { around: servers!, part: element, name: String(key.value), left };
    const tools = member(agent, 'tools')?.children?.[1];
    const filter = tools && member(tools, server);
    if (filter) return { around: tools, part: filter, name: String(key.value), left };
  }
  return undefined;
}

/** The tree of a text that is one object, comments allowed; undefined of any other text. */
export function rootOf(text: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  return errors.length === 0 && root?.type === 'object' ? root : undefined;
}

/** The property of that key; of two equal keys the last one counts. */
export function member(object: Node, key: string): Node | undefined {
  if (object.type !== 'object') return undefined;
  return object.children?.findLast(
    ({ children }) => children?.[0]?.value === key && children[1] !== undefined,
  );
}

/** Returns the text with this property behind the last one of the object, written as its neighbours are. */
export function insert(text: string, object: Node, key: string, value: unknown): string {
  const eol = eolOf(text);
  const unit = unitOf(text);
  const close = object.offset + object.length - 1;
  const last = object.children?.at(-1);
  const from = last ? end(last) : object.offset + 1;
  const { comma, lastEnd } = between(text, from, close);
  const isLong = text.slice(object.offset, close).includes('\n');
  const edits: Edit[] = [];
  if (last && comma === undefined) edits.push({ offset: from, length: 0, content: ',' });
  const property = JSON.stringify(key);
  const trailing = last && comma !== undefined ? ',' : '';
  if (!isLong && (last || !text.trim().includes('\n'))) {
    // An object written on one line stays on one line.
    const gap = last && text[last.offset - 1] !== '{' && /\s/.test(text[last.offset - 1]!) ? ' ' : '';
    const content = `${gap}${property}:${gap}${JSON.stringify(value)}${trailing}`;
    edits.push({ offset: lastEnd, length: 0, content });
    return applyEdits(text, joined(edits));
  }
  const outer = indentAt(text, object.offset);
  const ownLine = last && /^[ \t]*$/.test(lineBefore(text, last.offset));
  const indent = ownLine ? indentAt(text, last.offset) : outer + unit;
  const content = `${eol}${indent}${property}: ${render(value, indent, unit, eol)}${trailing}`;
  const isClosedBelow = text.slice(lastEnd, close).includes('\n');
  edits.push({
    offset: lastEnd,
    length: isClosedBelow ? 0 : close - lastEnd,
    content: isClosedBelow ? content : `${content}${eol}${outer}`,
  });
  return applyEdits(text, joined(edits));
}

/** Joins two insertions at one place: applyEdits would take them for overlapping. */
function joined(edits: readonly Edit[]): Edit[] {
  const [first, second] = edits;
  if (!first || !second || first.offset !== second.offset) return [...edits];
  return [{ ...second, content: first.content + second.content }];
}

/** The comma in a stretch of text that otherwise holds only space and comments, and where the last of these ends. */
function between(text: string, from: number, to: number): { comma: number | undefined; lastEnd: number } {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let comma: number | undefined;
  let lastEnd = from;
  for (;;) {
    const token = scanner.scan();
    const offset = scanner.getTokenOffset();
    if (offset >= to || scanner.getTokenLength() === 0) return { comma, lastEnd };
    if (token === COMMA) comma = offset;
    if (token === COMMA || token === LINE_COMMENT || token === BLOCK_COMMENT) {
      lastEnd = offset + scanner.getTokenLength();
    }
  }
}

function removal(text: string, object: Node, property: Node): Edit[] {
  const siblings = object.children!;
  const index = siblings.indexOf(property);
  const next = siblings[index + 1];
  const previous = siblings[index - 1];
  const after = between(text, end(property), next?.offset ?? end(object) - 1).comma;
  const commaBefore =
    after === undefined && previous ? between(text, end(previous), property.offset).comma : undefined;
  const edits: Edit[] = [];
  if (commaBefore !== undefined) edits.push({ offset: commaBefore, length: 1, content: '' });
  // A comment may stand between the entry and its comma.
  const isJoined = after !== undefined && text.slice(end(property), after).trim() === '';
  const range = wholeLine(text, property.offset, isJoined ? after + 1 : end(property), edits[0]?.offset);
  edits.push({ ...range, content: '' });
  if (after !== undefined && !isJoined) edits.push({ offset: after, length: 1, content: '' });
  return edits;
}

/** Widens a range to its line break when nothing else stands on the line, else to the space behind it. */
function wholeLine(
  text: string,
  from: number,
  to: number,
  notBefore = -1,
): { offset: number; length: number } {
  const before = lineBefore(text, from);
  const rest = /^[ \t]*(\r?\n|$)/.exec(text.slice(to));
  if (rest && /^[ \t]*$/.test(before) && from - before.length > notBefore) {
    return { offset: from - before.length, length: to + rest[0].length - from + before.length };
  }
  const gap = /^[ \t]*/.exec(text.slice(to))![0].length;
  return { offset: from, length: to - from + (rest ? 0 : gap) };
}

function end(node: Node): number {
  return node.offset + node.length;
}

function lineBefore(text: string, offset: number): string {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
}

/** The white space that the line of this offset begins with. */
function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(lineBefore(text, offset))![0];
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function unitOf(text: string): string {
  return /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
}

/** JSON with lists of plain values on one line, as people write arguments. */
function render(value: unknown, indent: string, unit: string, eol: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent + unit;
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([key, one]) => `${inner}${JSON.stringify(key)}: ${render(one, inner, unit, eol)}`);
  return members.length === 0 ? '{}' : `{${eol}${members.join(`,${eol}`)}${eol}${indent}}`;
}

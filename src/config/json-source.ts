import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type ActualValue, SYNTAX_ERRORS, type SyntaxErrorKind } from '../messages/parts.js';
import type { Finding } from '../protocol/errors.js';
import { BOUNDS } from './bounds.js';
import { errorAt } from './finding.js';
import { otherFormat } from './other-format.js';
import type { Place } from './place.js';

export type JsonPath = readonly (string | number)[];

/** A key that one object holds twice. */
export interface Duplicate {
  path: JsonPath;
  /** Lines of the first and the last of them, 1-based. */
  lines: readonly [number, number];
}

/** A JSON file with comments and trailing commas. Every value knows its line. */
export class JsonSource {
  readonly file: string;
  /** Syntax errors. If there is one, `value` is undefined. */
  readonly findings: readonly Finding[];
  /** Of two equal keys the last one counts, as in JSON.parse. */
  readonly value: unknown;
  readonly duplicates: Duplicate[] = [];
  /** Places of keys called `__proto__`, which JavaScript reserves. */
  readonly reserved: JsonPath[] = [];
  readonly #root: Node | undefined;
  /** Members of objects by their keys, cached for the objects that were asked for. */
  readonly #members = new Map<Node, Map<unknown, Node | undefined>>();
  readonly #lineStarts: number[] = [0];
  readonly #text: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#lineStarts.push(i + 1);
    const tooDeep = firstTooDeep(text);
    if (tooDeep !== undefined) {
      const place = { file, path: '', line: this.#lineAt(tooDeep) };
      this.findings = [errorAt(place, 'too-deep', { most: BOUNDS.nestedBrackets })];
      return;
    }
    const errors: ParseError[] = [];
    this.#root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: false });
    this.findings = this.#explain(errors);
    this.value = this.findings.length === 0 && this.#root ? this.#valueOf(this.#root, []) : undefined;
  }

  /** The place of the value at `path`, or of the nearest thing around it that exists. */
  place(path: JsonPath): Place {
    let node = this.#root;
    let offset = node?.offset ?? 0;
    for (const step of path) {
      const next = node && this.#childAt(node, step);
      if (!next) break;
      // A property starts at its key: that is where the reader looks.
      offset = next.parent?.type === 'property' ? next.parent.offset : next.offset;
      node = next;
    }
    return { file: this.file, path: pathText(path), line: this.#lineAt(offset) };
  }

  #childAt(node: Node, step: string | number): Node | undefined {
    if (typeof step === 'number') return node.type === 'array' ? node.children?.[step] : undefined;
    if (node.type !== 'object') return undefined;
    let members = this.#members.get(node);
    if (members === undefined) {
      // Of two equal keys the last one stays.
      members = new Map((node.children ?? []).map(({ children }) => [children?.[0]?.value, children?.[1]]));
      this.#members.set(node, members);
    }
    return members.get(step);
  }

  #valueOf(node: Node, path: JsonPath): unknown {
    if (node.type === 'array')
      return (node.children ?? []).map((child, i) => this.#valueOf(child, [...path, i]));
    if (node.type !== 'object') return node.value;
    const object: Record<string, unknown> = {};
    const offsets = new Map<string, number>();
    for (const property of node.children ?? []) {
      const [keyNode, valueNode] = property.children ?? [];
      if (!keyNode || !valueNode) continue;
      const key = String(keyNode.value);
      if (key === '__proto__') this.reserved.push([...path, key]);
      const first = offsets.get(key);
      if (first === undefined) offsets.set(key, property.offset);
      else {
        const lines = [this.#lineAt(first), this.#lineAt(property.offset)] as const;
        this.duplicates.push({ path: [...path, key], lines });
      }
      // Defined, not assigned: a key may be called `__proto__`.
      Object.defineProperty(object, key, {
        value: this.#valueOf(valueNode, [...path, key]),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  }

  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  #explain(errors: readonly ParseError[]): Finding[] {
    if (this.#text.trim() === '') return [this.#syntax(0, 'EmptyFile', 'empty-file')];
    const other = errors.length > 0 ? otherFormat(this.#text) : undefined;
    if (other !== undefined) {
      const place = { file: this.file, path: '', line: other.line };
      return [errorAt(place, 'other-format', { format: other.format })];
    }
    const byLine = new Map<number, Finding>();
    for (const { error, offset, length } of errors) {
      const line = this.#lineAt(offset);
      // A second error on the same line mostly follows from the first.
      if (byLine.has(line)) continue;
      const name = printParseErrorCode(error);
      byLine.set(line, this.#syntax(offset, syntaxErrorOf(name), this.#sample(name, offset, length)));
    }
    return [...byLine.values()];
  }

  #syntax(offset: number, kind: SyntaxErrorKind, came: ActualValue): Finding {
    const place = { file: this.file, path: '', line: this.#lineAt(offset) };
    return errorAt(place, 'json-syntax', { kind, came, ...this.#excerpt(offset) });
  }

  /** The line of an error with its texts blanked out: a text may be a token, whose end is not known in invalid JSON. */
  #excerpt(offset: number): { column: number; excerpt: string; caret: number } {
    const start = this.#lineStarts[this.#lineAt(offset) - 1]!;
    const line = this.#text.slice(start).split(/\r?\n/, 1)[0]!;
    const column = offset - start + 1;
    const masked = (text: string) => mask(text).slice(0, BOUNDS.excerptLength);
    return { column, excerpt: masked(line).trimEnd(), caret: masked(line.slice(0, column - 1)).length };
  }

  /** What stands at an error. Texts are not quoted: they may be tokens. */
  #sample(name: string, offset: number, length: number): ActualValue {
    if (name === 'InvalidEscapeCharacter') return 'backslash';
    const text = this.#text.slice(offset, offset + Math.max(length, 1)).trim();
    if (text === '') return 'line-end';
    if (/^[{}[\],:]$/.test(text)) return { literal: text };
    if (text.startsWith('"')) return 'quoted-text';
    if (text.startsWith("'")) return 'single-quote';
    if (/^(True|False|None|undefined|NaN)$/.test(text)) return { literal: text };
    return 'bare-word';
  }
}

/** Words that may be shown: keys and words of a configuration, never part of a secret. */
const OPEN_WORDS =
  /^(mcpServers|servers|settings|command|args|env|cwd|type|transportType|transport|url|headers|disabled|enabled|endpoint|handshake|stdio|sse|http|node|npx|python|python3|uvx|uv|true|false|null|True|False|None|undefined|NaN)$/;

function mask(text: string): string {
  return text
    .replaceAll('\t', ' ')
    .replace(/[^\s{}[\],:"'\\]+/g, (word) => (OPEN_WORDS.test(word) ? word : '…'));
}

function syntaxErrorOf(name: string): SyntaxErrorKind {
  return (SYNTAX_ERRORS as readonly string[]).includes(name) ? (name as SyntaxErrorKind) : 'Other';
}

/** Offset of the first bracket that is nested too deep. */
function firstTooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    // Brackets inside a text or comment do not count: such a token begins with another character.
    const token = text[scanner.getTokenOffset()];
    if (token === '{' || token === '[') {
      depth += 1;
      if (depth > BOUNDS.nestedBrackets) return scanner.getTokenOffset();
    } else if (token === '}' || token === ']') depth -= 1;
  }
  return undefined;
}

/** `mcpServers.calc.args[0]`; keys that are no plain words stand in brackets: `mcpServers["my server"]`. */
export function pathText(path: JsonPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\p{L}\p{N}_$@-]+$/u.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

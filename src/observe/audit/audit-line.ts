import { excerpt } from '../../messages/human.js';
import type { AuditEntry } from '../../protocol/audit.js';

/** Names of clients are cut to this many characters. */
const MAX_TEXT = 128;
/** Of a longer text, the rest is not looked at: what is shown of it is far from there. */
const MAX_READ = 16 * 1024;
/** Texts whose JSON is remembered: names of tools, keys, links and servers come again and again. */
const MAX_KNOWN = 2_000;

/** A line of the file, read again; unknown members are kept. */
export interface AuditRecord extends Omit<AuditEntry, 'at'> {
  /** ISO 8601 with milliseconds, UTC. */
  time: string;
  /** Lines of this run that could not be written until then; on the first line after some were lost. */
  lost?: number;
}

/** Members of texts and numbers, in the order of the line. */
const MEMBERS = [
  ...(['key', 'by', 'agent', 'link', 'address', 'server', 'method', 'tool'] as const),
  ...(['outcome', 'code', 'ms', 'requestBytes', 'replyBytes', 'requestId'] as const),
];

/** Writes entries as lines of JSON: calls may come by the ten thousand a second. */
export class AuditLines {
  readonly #redact: (text: string) => string;
  readonly #known = new Map<string, string>();
  #second = Number.NaN;
  #time = '';

  /** @param redact removes secrets from a text. */
  constructor(redact: (text: string) => string) {
    this.#redact = redact;
  }

  /** Call it when there are further secrets. */
  forget(): void {
    this.#known.clear();
  }

  /** One line with its end. `lost`: lines that could not be written, to be told of; 0: none. */
  of(entry: AuditEntry, lost: number): string {
    let line = `{"time":"${this.#timeOf(entry.at)}","kind":"${entry.kind}"`;
    for (const name of MEMBERS) {
      const value = entry[name];
      if (value === undefined) continue;
      line += `,"${name}":${typeof value === 'number' ? numberOf(value) : this.#textOf(value)}`;
    }
    if (entry.fromCache) line += ',"fromCache":true';
    if (entry.arguments !== undefined) line += `,"arguments":${JSON.stringify(entry.arguments)}`;
    if (lost > 0) line += `,"lost":${lost}`;
    return `${line}}\n`;
  }

  #textOf(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    // Before it is cut: a part of a secret would not be known.
    const written = JSON.stringify(excerpt(this.#redact(text.slice(0, MAX_READ)), MAX_TEXT));
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (text.length <= MAX_TEXT) this.#known.set(text, written);
    return written;
  }

  #timeOf(at: number): string {
    const second = Math.floor(at / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#time = new Date(second * 1_000).toISOString().slice(0, 20);
    }
    return `${this.#time}${String(Math.floor(at) - second * 1_000).padStart(3, '0')}Z`;
  }
}

/** A tenth is exact enough for milliseconds; the rest are whole. */
function numberOf(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 10) / 10) : 'null';
}

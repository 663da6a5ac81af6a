import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { decodeText, readOrdinaryFile } from '../config/text-file.js';
import type { KeptToolsStore } from '../policy/drift/drift-guard.js';
import { type KeptTools, readKept } from '../policy/drift/kept-tool.js';
import { replaceStateFile } from './state-file.js';

/** The longest file that is read: thousands of tools with long definitions. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Called when a file cannot be read, so that all tools of its server count as new; or not written, so that what is known of them
 * lasts for this run only.
 */
export type OnUnkept = (why: { file: string; message: string; isUnreadable: boolean }) => void;

/**
 * What is known of the tools of servers, each in a file of the folder `tools` of the state folder, readable by this user only:
 *
 *     { "server": "files", "identity": "stdio npx -y …", "isTrusted": true, "tools": { "read_file": { "known": ["<sha256>"], "text": "…" } } }
 */
// D257
export class KeptToolsFiles implements KeptToolsStore {
  readonly #folder: string;
  readonly #onUnkept: OnUnkept;
  readonly #said = new Set<string>();
  /** Where writing has failed, for the rest of the run. */
  readonly #inMemory = new Map<string, KeptTools>();

  constructor(folder: string, onUnkept: OnUnkept) {
    this.#folder = join(folder, 'tools');
    this.#onUnkept = onUnkept;
  }

  read(server: string): KeptTools | 'unreadable' | undefined {
    const file = this.#fileOf(server);
    try {
      const value: unknown = JSON.parse(decodeText(readOrdinaryFile(file, MOST_BYTES)));
      const kept = readKept(value);
      return kept ?? this.#unreadable(server, file, 'it is not what mcp-pipe has written');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return this.#inMemory.get(server);
      return this.#unreadable(server, file, code ?? message);
    }
  }

  write(server: string, kept: KeptTools): void {
    const file = this.#fileOf(server);
    try {
      replaceStateFile(this.#folder, basename(file), `${JSON.stringify({ server, ...kept })}\n`);
      this.#inMemory.delete(server);
    } catch (error) {
      this.#inMemory.set(server, kept);
      const { code, message } = error as NodeJS.ErrnoException;
      this.#say({ file, message: code ?? message, isUnreadable: false });
    }
  }

  /** Nothing is trusted because of it: a server that can break its file would have itself trusted anew. */
  #unreadable(server: string, file: string, message: string): KeptTools | 'unreadable' {
    this.#say({ file, message, isUnreadable: true });
    return this.#inMemory.get(server) ?? 'unreadable';
  }

  /** Names of servers may hold any character. */
  #fileOf(server: string): string {
    return join(this.#folder, `${createHash('sha256').update(server).digest('hex').slice(0, 16)}.json`);
  }

  #say(why: Parameters<OnUnkept>[0]): void {
    if (this.#said.has(why.file)) return;
    this.#said.add(why.file);
    this.#onUnkept(why);
  }
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ServerPlan } from '../config/plan.js';
import { decodeText, readOrdinaryFile } from '../config/text-file.js';
import { Method } from '../protocol/mcp.js';
import { RpcError } from '../protocol/rpc-errors.js';
import {
  type KnownEra,
  type KnownServer,
  type KnownServerStore,
  listMember,
  MOST_KNOWN_BYTES,
} from '../servers/known-server.js';
import { identityOf } from './server-identity.js';
import { replaceStateFile } from './state-file.js';

/** Both eras of a server, whose texts JSON may make twice as long. */
const MOST_BYTES = 4 * MOST_KNOWN_BYTES;

/** Where what servers have said of themselves outlives a run. */
export interface KnownServers {
  /** @param entry the server's name in the plan, of an instance as well. */
  storeOf(server: ServerPlan, entry: string): KnownServerStore | undefined;
}

export interface KnownServerFilesOptions {
  /** The version that is started of a server, if that is locked: in another version it may say something else. */
  versionOf?: ((server: ServerPlan) => string | undefined) | undefined;
}

/**
 * What servers have said of themselves, each in a file of the folder `known` of the state folder, readable by this user only:
 *
 *     { "server": "files", "identity": "stdio npx -y …", "version": "1.2.0", "last": "legacy",
 *       "legacy": { "asked": "{…}", "answer": "{…}", "lists": { "tools/list": [{ "reply": "{…}" }] } } }
 *
 * A file that is missing, broken, or of another identity or version, is no error: the server is started to be asked.
 */
// D334
export class KnownServerFiles implements KnownServers {
  readonly #folder: string;
  readonly #versionOf: NonNullable<KnownServerFilesOptions['versionOf']>;

  constructor(folder: string, { versionOf = () => undefined }: KnownServerFilesOptions = {}) {
    this.#folder = join(folder, 'known');
    this.#versionOf = versionOf;
  }

  storeOf(server: ServerPlan, entry: string): KnownServerStore | undefined {
    const isInstance = server.name !== entry;
    // Such a process may say something else to each of its callers.
    if (isInstance && Object.keys(server.options.callerEnv).length > 0) return undefined;
    // Names of servers may hold any character.
    const fileName = `${createHash('sha256').update(entry).digest('hex').slice(0, 16)}.json`;
    const about = (version: string | undefined) => ({ server: entry, identity: identityOf(server), version });
    const versionNow = () => this.#versionOf(server);
    /** Of the process that has begun last. */
    let versionOfProcess = versionNow;
    let written: string | undefined;
    return {
      began: () => {
        const version = versionNow();
        versionOfProcess = () => version;
      },
      read: () => {
        try {
          const text = decodeText(readOrdinaryFile(join(this.#folder, fileName), MOST_BYTES));
          written = text.trimEnd();
          return readKnown(JSON.parse(text), about(versionNow()));
        } catch {
          return undefined;
        }
      },
      write: (known) => {
        const text = JSON.stringify({ ...about(versionOfProcess()), ...asJson(known) });
        if (text === written) return;
        try {
          replaceStateFile(this.#folder, fileName, `${text}\n`);
          written = text;
        } catch {
          // It is known for this run only.
        }
      },
    };
  }
}

interface KeptEra {
  asked?: string | undefined;
  answer?: string | undefined;
  lists: Record<string, { cursor?: string | undefined; reply: string }[]>;
}

function asJson({ last, legacy, modern }: KnownServer) {
  const eraOf = (era: KnownEra | undefined): KeptEra | undefined =>
    era && {
      asked: era.asked?.toString('utf8'),
      answer: era.answer?.toString('utf8'),
      lists: Object.fromEntries(
        [...era.lists].map(([method, pages]) => [
          method,
          pages.map(({ cursor, reply }) => ({ cursor, reply: reply.toString('utf8') })),
        ]),
      ),
    };
  return { last, legacy: eraOf(legacy), modern: eraOf(modern) };
}

/** What a file has kept, if it is that, and of this server. */
function readKnown(
  value: unknown,
  { identity, version }: { identity: string; version: string | undefined },
): KnownServer | undefined {
  const kept = value as { identity?: unknown; version?: unknown; last?: unknown } & Record<string, unknown>;
  if (kept.identity !== identity || kept.version !== version) return undefined;
  if (kept.last !== 'legacy' && kept.last !== 'modern') return undefined;
  return { last: kept.last, legacy: readEra(kept.legacy), modern: readEra(kept.modern) };
}

/** @throws Error when it is nothing that was written here. */
function readEra(value: unknown): KnownEra | undefined {
  if (value === undefined) return undefined;
  const { asked, answer, lists } = value as Partial<KeptEra>;
  return {
    asked: asked === undefined ? undefined : messageOf(asked, isInitialize),
    answer: answer === undefined ? undefined : messageOf(answer, isResult),
    lists: new Map(
      Object.entries(lists!).map(([method, pages]) => [
        method,
        pages.map(({ cursor, reply }) => {
          if (cursor !== undefined && typeof cursor !== 'string') throw new Error('no cursor');
          return { cursor, reply: messageOf(reply, (message) => isPage(message, method)) };
        }),
      ]),
    ),
  };
}

interface KeptMessage {
  jsonrpc?: unknown;
  id?: unknown;
  method?: unknown;
  result?: unknown;
  error?: unknown;
}

/** A message as it was kept. @throws Error when it is not such a one, or would end the line that it is sent as. */
function messageOf(text: string, isSuch: (message: KeptMessage) => boolean): Buffer {
  const message = JSON.parse(text) as KeptMessage;
  if (message.jsonrpc !== '2.0' || /[\n\r]/.test(text) || !isSuch(message)) throw new Error('no message');
  return Buffer.from(text, 'utf8');
}

const isInitialize = ({ id, method }: KeptMessage): boolean => id === 0 && method === Method.initialize;

/** What is no answer would leave those who ask without one, and an error would be given for ever. */
function isResult({ id, method, result }: KeptMessage): boolean {
  return id !== undefined && method === undefined && isObject(result);
}

/** A page of a list, or that the server does not know the method. */
function isPage(message: KeptMessage, method: string): boolean {
  if (isObject(message.error))
    return message.id !== undefined && message.error.code === RpcError.methodNotFound;
  return isResult(message) && Array.isArray((message.result as Record<string, unknown>)[listMember(method)]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

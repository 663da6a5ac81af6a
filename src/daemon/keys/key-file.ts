import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isAgentName } from '../../config/agent-section.js';
import type { KeyTerms } from '../../config/gateway-plan.js';
import { KEYS } from '../../config/key-defaults.js';
import { type KeyHash, keyHashText, readKeyHash } from '../../config/key-hash.js';
import { rateOf } from '../../config/rate.js';
import { grantOf } from '../../config/read-grant.js';
import { decodeText, OddFileError, readOrdinaryFile } from '../../config/text-file.js';
import { lockFile } from '../../process/file-lock.js';
import { makeFolder } from '../../process/make-folder.js';
import { rateText } from '../../protocol/rate-text.js';
import { userId } from '../control-place.js';
import { makeStateFolder } from '../state-folder.js';

/** A key, as the file has it: everything but its secret. */
export interface KeyRecord extends KeyTerms {
  /** Unique in the file. */
  name: string;
  /** See `KeyParts`; unique in the file. */
  id: string;
  hash: KeyHash;
  /** See `checkOf`. */
  check: Buffer;
  /** Epoch milliseconds. */
  created: number;
}

/** Why a file of keys is not used; `detail` is a place in it, or a word of the system. */
export interface KeyFileProblem {
  why: 'unreadable' | 'not-json' | 'other-version' | 'record' | 'others-write' | 'other-owner' | 'too-many';
  detail: string;
}

/** Keys that cannot be used, none of them. */
export class KeyFileError extends Error {
  constructor(
    readonly file: string,
    readonly problem: KeyFileProblem,
  ) {
    super(`${problem.why}: ${problem.detail}`);
  }
}

/** The name of the file in the state folder of a configuration. */
const NAME = 'keys.json';
const VERSION = 1;
/** A file of `KEYS.most` keys with long lists fits in. */
const MAX_BYTES = 16 * 1024 * 1024;
const OTHERS_WRITE = 0o022;
const ID = /^[0-9a-f]{12}$/;
const CHECK = /^[A-Za-z0-9_-]{4}$/;

/** Where the keys of a configuration are: what it says itself, else in its state folder. */
export function keyFileIn(stateFolder: string, written: string | undefined): string {
  return written ?? join(stateFolder, NAME);
}

/** Reads the file; undefined when there is none. @throws KeyFileError */
export function readKeyFile(file: string): readonly KeyRecord[] | undefined {
  try {
    refuseForeign(file);
    return recordsIn(file, decodeText(readOrdinaryFile(file, MAX_BYTES)));
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const detail = error instanceof OddFileError ? error.what : (code ?? String(error));
    throw new KeyFileError(file, { why: 'unreadable', detail });
  }
}

/**
 * Replaces the keys by what `change` makes of them, while no other process does. A reader finds the old file or the new one.
 *
 * @returns what `change` returns beside the keys
 * @throws KeyFileError when there is a file that cannot be used; the system's error when it cannot be written; what `change` throws
 */
export async function changeKeys<Result>(
  file: string,
  change: (keys: readonly KeyRecord[]) => { keys: readonly KeyRecord[]; result: Result },
): Promise<Result> {
  makeFolderOf(file);
  const target = targetOf(file);
  const lock = await lockFile(target, AbortSignal.timeout(LOCKED_WITHIN_MS));
  try {
    const { keys, result } = change(readKeyFile(target) ?? []);
    if (keys.length > KEYS.most) throw new KeyFileError(file, { why: 'too-many', detail: String(KEYS.most) });
    write(target, keys);
    return result;
  } finally {
    lock.release();
  }
}

/** Another command writes within milliseconds; a lock that was left behind is taken over by then. */
const LOCKED_WITHIN_MS = 100_000;

function makeFolderOf(file: string): void {
  const folder = dirname(file);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  makeStateFolder(folder);
  makeFolder(folder, 0o700);
}

/** Secret stores and people put links there: what they lead to is written. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function write(file: string, keys: readonly KeyRecord[]): void {
  const text = `${JSON.stringify({ version: VERSION, keys: keys.map(written) }, null, 2)}\n`;
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`;
  const fd = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(fd, text);
    // A key that was revoked must not come back after a power failure.
    fsyncSync(fd);
  } catch (error) {
    closeSync(fd);
    unlinkSync(draft);
    throw error;
  }
  closeSync(fd);
  renameSync(draft, file);
}

/** What another user can change is not a list of who may come in. Windows has no such modes. */
function refuseForeign(file: string): void {
  const user = userId();
  if (user === undefined) return;
  const { uid, mode } = statSync(file);
  if (uid !== user && uid !== 0) throw new KeyFileError(file, { why: 'other-owner', detail: String(uid) });
  if ((mode & OTHERS_WRITE) !== 0)
    throw new KeyFileError(file, { why: 'others-write', detail: (mode & 0o777).toString(8) });
}

/** A record as JSON: times as texts, for people who look at it. */
function written({ name, id, hash, check, created, grant = {}, until }: KeyRecord): object {
  const { servers, agents, tools, readOnly, rate, concurrent } = grant;
  return {
    ...{ name, id, hash: keyHashText(hash), check: check.toString('base64url') },
    created: new Date(created).toISOString(),
    ...(until === undefined ? {} : { expires: new Date(until).toISOString() }),
    ...(servers ? { servers } : {}),
    ...(agents ? { agents } : {}),
    ...(tools ? { tools } : {}),
    ...(readOnly ? { readOnly } : {}),
    ...(rate ? { rate: rateText(rate) } : {}),
    ...(concurrent ? { concurrent } : {}),
  };
}

function recordsIn(file: string, text: string): KeyRecord[] {
  const wrong = (why: KeyFileProblem['why'], detail: string) => new KeyFileError(file, { why, detail });
  let root: { version?: unknown; keys?: unknown } | null;
  try {
    root = JSON.parse(text) as typeof root;
  } catch {
    throw wrong('not-json', '');
  }
  if (typeof root !== 'object' || root === null || !Array.isArray(root.keys)) throw wrong('not-json', '');
  if (root.version !== VERSION) throw wrong('other-version', String(root.version).slice(0, 20));
  if (root.keys.length > KEYS.most) throw wrong('too-many', String(KEYS.most));
  const names = new Set<string>();
  const ids = new Set<string>();
  return root.keys.map((raw: unknown, i) => {
    const record = recordOf(raw);
    // One that is left out might be one that allows less than another of its name.
    if (!record || names.has(record.name) || ids.has(record.id)) throw wrong('record', `keys[${i}]`);
    names.add(record.name);
    ids.add(record.id);
    return record;
  });
}

/** Members that a record may have: with another one, it may allow less than is understood here. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['name', 'id', 'hash', 'check', 'created', 'expires'],
  ...['servers', 'agents', 'tools', 'readOnly', 'rate', 'concurrent'],
]);

function recordOf(raw: unknown): KeyRecord | undefined {
  if (typeof raw !== 'object' || raw === null || Object.keys(raw).some((key) => !KNOWN.has(key)))
    return undefined;
  const { name, id, hash, check, created, expires, servers, agents, tools, readOnly, rate, concurrent } =
    raw as Record<string, unknown>;
  const readHash = typeof hash === 'string' ? readKeyHash(hash) : undefined;
  const at = timeOf(created);
  const until = expires === undefined ? undefined : timeOf(expires);
  const readRate = typeof rate === 'string' ? rateOf(rate) : undefined;
  const isWhole =
    typeof name === 'string' &&
    isAgentName(name) &&
    typeof id === 'string' &&
    ID.test(id) &&
    typeof check === 'string' &&
    CHECK.test(check) &&
    [servers, agents, tools].every(isTexts) &&
    (readOnly === undefined || typeof readOnly === 'boolean') &&
    (rate === undefined) === (readRate === undefined) &&
    (concurrent === undefined || (Number.isSafeInteger(concurrent) && (concurrent as number) > 0)) &&
    (expires === undefined) === (until === undefined);
  if (!isWhole || !readHash || at === undefined) return undefined;
  const grant = grantOf({
    ...{ servers: servers as string[] | undefined, agents: agents as string[] | undefined },
    ...{ tools: tools as string[] | undefined, readOnly: readOnly as boolean | undefined, rate: readRate },
    concurrent: concurrent as number | undefined,
  });
  return {
    ...{ name, id, hash: readHash, check: Buffer.from(check, 'base64url'), created: at },
    ...(grant ? { grant } : {}),
    ...(until === undefined ? {} : { until }),
  };
}

function isTexts(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}

function timeOf(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

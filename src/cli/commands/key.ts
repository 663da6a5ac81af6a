import { isAgentName } from '../../config/agent-section.js';
import { opensNothing } from '../../config/gateway-keys.js';
import { KEYS } from '../../config/key-defaults.js';
import { rateOf } from '../../config/rate.js';
import { grantOf } from '../../config/read-grant.js';
import { untilOf } from '../../config/until.js';
import { changeKeys, KeyFileError, type KeyRecord, readKeyFile } from '../../daemon/keys/key-file.js';
import { checkOf, makeKey } from '../../daemon/keys/key-text.js';
import { hashKey } from '../../daemon/keys/scrypt.js';
import { readUsed } from '../../daemon/keys/used-file.js';
import { texts } from '../../messages/commands/key.js';
import { usageError } from '../../messages/worded.js';
import { UsageError } from '../../protocol/errors.js';
import type { Grant } from '../../protocol/grant.js';
import { languageOf } from '../language.js';
import { printError, printJson } from '../output.js';
import { contextOf, type KeyContext, type KeyOptions } from './key-context.js';
import { hash } from './key-hash.js';
import { printList } from './key-list.js';
import { exitCodeOf, printMade, tellOfKeys, toldText } from './key-made.js';

type KeyAction = 'add' | 'list' | 'rotate' | 'revoke' | 'hash';

/** Options that say what a key allows, and the actions that take them. */
const OF_ACTIONS: Readonly<Record<string, readonly KeyAction[]>> = {
  servers: ['add'],
  agents: ['add'],
  tools: ['add'],
  readOnly: ['add'],
  rate: ['add'],
  concurrent: ['add'],
  expires: ['add', 'rotate'],
};

/** `mcp-pipe key ACTION [NAME]`. Returns the exit code. */
export async function key(action: KeyAction, name: string | undefined, options: KeyOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const stray = Object.entries(OF_ACTIONS).flatMap(([option, actions]) =>
    options[option as keyof KeyOptions] !== undefined && !actions.includes(action)
      ? [`--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`]
      : [],
  );
  if (stray.length > 0) throw usageError('key-options', { action, options: stray });
  if (action === 'hash') return hash(options, texts[lang]);
  const context = await contextOf(options, lang);
  try {
    if (action === 'list') return printList(context, readKeyFile(context.file), readUsed(context.file));
    if (name === undefined) throw usageError('key-no-name', { action });
    if (action === 'add') return await add(name, context);
    return action === 'rotate' ? await rotate(name, context) : await revoke(name, context);
  } catch (error) {
    throw asUsage(error, context.file);
  }
}

async function add(name: string, context: KeyContext): Promise<number> {
  const { file, config, words } = context;
  if (!isAgentName(name)) throw usageError('key-name', { length: [...name].length });
  if (Object.hasOwn(config?.gateway.plan.keys ?? {}, name))
    throw usageError('key-of-configuration', { name, file: config?.file ?? '' });
  const grant = grantIn(context.options);
  const until = untilIn(context.options);
  // Before a hash is computed, and once more while the file is locked.
  mustBeFree(name, readKeyFile(file) ?? []);
  const made = await madeKey(name, { grant, until });
  await changeKeys(file, (keys) => {
    mustBeFree(name, keys);
    return { keys: [...keys, made.record], result: undefined };
  });
  const { unknown, known } = config ? opensNothing(grant, config) : { unknown: [], known: [] };
  if (unknown.length > 0) printError(`${words.unknown({ globs: unknown, known })}\n`);
  return printMade(made, await tellOfKeys(context), context);
}

async function rotate(name: string, context: KeyContext): Promise<number> {
  const until = untilIn(context.options);
  mustBeThere(name, readKeyFile(context.file) ?? [], context);
  const { key, record } = await madeKey(name, {});
  const changed = await changeKeys(context.file, (keys) => {
    const before = mustBeThere(name, keys, context);
    const { id, hash, check, created } = record;
    const next = { ...before, ...{ id, hash, check, created }, ...(until === undefined ? {} : { until }) };
    return { keys: keys.map((one) => (one === before ? next : one)), result: next };
  });
  return printMade({ key, record: changed }, await tellOfKeys(context), context);
}

async function revoke(name: string, context: KeyContext): Promise<number> {
  const { file, options, lang, words } = context;
  mustBeThere(name, readKeyFile(file) ?? [], context);
  const left = await changeKeys(file, (keys) => {
    const gone = mustBeThere(name, keys, context);
    const kept = keys.filter((one) => one !== gone);
    return { keys: kept, result: kept.length };
  });
  const told = await tellOfKeys(context);
  if (options.json) printJson({ revoked: name, left, file, told });
  else {
    const lines = [words.revoked({ name }), toldText(told, lang), left === 0 ? words.emptied({ file }) : ''];
    printError(`${lines.filter(Boolean).join('\n')}\n`);
  }
  return exitCodeOf(told);
}

/** A key that nobody has yet, and its record. */
async function madeKey(
  name: string,
  terms: Pick<KeyRecord, 'grant' | 'until'>,
): Promise<{ key: string; record: KeyRecord }> {
  const { key, id, secret } = makeKey();
  const hash = await hashKey(key, KEYS.costOfMade);
  const record = { name, id, hash, check: checkOf(secret, hash.salt), created: Date.now(), ...terms };
  return { key, record };
}

function grantIn({ servers, agents, tools, readOnly, rate, concurrent }: KeyOptions): Grant | undefined {
  const read = rate === undefined ? undefined : rateOf(rate);
  if (rate !== undefined && !read) throw usageError('key-rate', { text: rate });
  return grantOf({
    ...{ servers: namesIn(servers), agents: namesIn(agents), tools: namesIn(tools) },
    ...{ readOnly, rate: read, concurrent },
  });
}

function namesIn(given: readonly string[] | undefined): string[] | undefined {
  return given?.flatMap((text) => text.split(',').map((one) => one.trim())).filter((one) => one !== '');
}

function untilIn({ expires }: KeyOptions): number | undefined {
  if (expires === undefined) return undefined;
  const now = Date.now();
  const until = untilOf(expires, now);
  if (until === undefined || until <= now) throw usageError('key-expires', { text: expires });
  return until;
}

function mustBeFree(name: string, keys: readonly KeyRecord[]): void {
  if (keys.some((one) => one.name === name)) throw usageError('key-there', { name });
}

function mustBeThere(name: string, keys: readonly KeyRecord[], { config }: KeyContext): KeyRecord {
  const found = keys.find((one) => one.name === name);
  if (found) return found;
  if (Object.hasOwn(config?.gateway.plan.keys ?? {}, name))
    throw usageError('key-of-configuration', { name, file: config?.file ?? '' });
  throw usageError('key-unknown', { name, known: keys.map((one) => one.name) });
}

/** The file is at fault, or the system that keeps it from being written. */
function asUsage(error: unknown, file: string): unknown {
  if (error instanceof KeyFileError) return usageError('key-file', { file, ...error.problem });
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isOfSystem = !(error instanceof UsageError) && code !== undefined && syscall !== undefined;
  return isOfSystem ? usageError('key-file-write', { file, code }) : error;
}

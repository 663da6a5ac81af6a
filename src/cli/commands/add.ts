import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { type ServerEntry, withServer } from '../../config/edit.js';
import { KINDS, kindNamed } from '../../config/kinds/kinds.js';
import { EnvVariables, moveSecrets } from '../../config/move-secrets.js';
import { secretArguments } from '../../config/secret-shape.js';
import { shellWord } from '../../config/shell-word.js';
import { texts } from '../../messages/commands/add.js';
import { usageError } from '../../messages/worded.js';
import type { CommandLine } from '../describe/localized-command.js';
import {
  afterEditing,
  appendToEnv,
  type EditOptions,
  ofServer,
  openForEdit,
  takenIn,
} from '../edit-session.js';
import { checkedEndpoint } from '../endpoint-option.js';
import { languageOf } from '../language.js';
import { printError, printSentences } from '../output.js';
import { headersOf } from '../remote-options.js';
import { offerDemand } from '../small-machine.js';
import { afterEdit } from '../tell-daemon.js';

export interface AddOptions extends EditOptions {
  endpoint?: string;
  env?: string[];
  cwd?: string;
  transport?: string;
  header?: string[];
  clientId?: string;
  callbackPort?: number;
  disabled?: boolean;
  force?: boolean;
  keepSecretsInline?: boolean;
}

/** `mcp-pipe add NAME -- COMMAND ARGS` or `mcp-pipe add NAME URL`: adds a server to the configuration. Returns the exit code. */
export async function add(
  first: string,
  second: string | undefined,
  { afterDashes: command, commandNames }: CommandLine,
  options: AddOptions,
): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  // As in `claude mcp add`, the address may stand behind the name or, with -t, before it.
  const isSwapped = second !== undefined && isAddress(first) && !isAddress(second);
  const [name, url] = isSwapped ? [second, first] : [first, second];
  checkName(name);
  const given = givenEntry(name, url, command, options);
  const editable = await openForEdit(options);
  const { file, text, names, envFile } = editable;
  if (names.includes(name) && !options.force) {
    throw usageError('name-taken', { name, file });
  }
  if (options.cwd !== undefined) given.cwd = folderFrom(dirname(file), options.cwd);
  const variables = new EnvVariables(takenIn(envFile));
  const entry = options.keepSecretsInline ? given : moveSecrets(name, given, variables);
  const edited = withServer(text, name, entry);
  if (edited === undefined) {
    throw usageError('no-place-for-servers', { file });
  }
  const save = editable.prepare(edited, await ofServer(name, entry));
  const said = appendToEnv(envFile, variables.lines, words);
  save();
  // A remote server takes no memory here.
  const offer = given.command === undefined ? [] : offerDemand({ file, text: edited }, lang);
  const lines = [words.added({ name, file, replaced: names.includes(name) }), ...said, ...offer];
  printSentences(`${lines.join('\n')}\n`);
  if (secretArguments(given.args ?? []).length > 0) {
    printError(`${words.secretArgument({ name, file, envFile })}\n`);
  }
  const start = nextFor(name, options, commandNames, words, editable.hasGateway);
  const { exitCode } = await afterEdit({ ...afterEditing(editable, options), start });
  return exitCode;
}

function nextFor(
  name: string,
  { config, disabled }: AddOptions,
  commandNames: readonly string[],
  { isDisabled }: typeof texts.en,
  hasGateway: boolean,
): string {
  // A server with the name of a command cannot be started alone; alone, it is not on the gateway.
  const target = hasGateway || commandNames.includes(name) ? '' : ` ${shellWord(name)}`;
  const where = config === undefined ? '' : ` --config ${shellWord(config)}`;
  return `mcp-pipe${target}${where}${disabled ? `   ${isDisabled}` : ''}`;
}

function checkName(name: string): void {
  if (name.trim() !== '' && !/\p{Cc}/u.test(name) && name !== '__proto__') return;
  throw usageError('bad-name');
}

function isAddress(word: string): boolean {
  return /^(https?|wss?):\/\//i.test(word);
}

function givenEntry(
  name: string,
  second: string | undefined,
  command: readonly string[] | undefined,
  options: AddOptions,
): ServerEntry {
  if (second === undefined) return ofCommand(name, command, options);
  if (second.trimStart().startsWith('{')) return ofJson(second, command, options);
  return ofAddress(name, second, command, options);
}

function ofCommand(name: string, command: readonly string[] | undefined, options: AddOptions): ServerEntry {
  const [program, ...args] = command ?? [];
  const { transport } = options;
  if (transport !== undefined && kindNamed(transport) !== 'stdio') {
    throw usageError('no-address-to-add', { name, transport: transportNamed(transport) });
  }
  if (!program) throw usageError('no-command-to-add', { name });
  if (options.header) throw usageError('header-without-remote');
  return withOptions({ command: program, ...(args.length > 0 ? { args } : {}) }, options);
}

function ofAddress(
  name: string,
  url: string,
  command: readonly string[] | undefined,
  options: AddOptions,
): ServerEntry {
  const { transport, header, clientId, callbackPort } = options;
  if (!isAddress(url)) throw usageError('no-command-to-add', { name });
  if (command || options.cwd !== undefined) throw usageError('remote-and-target');
  const type = transport === undefined ? undefined : transportNamed(transport);
  if (type === 'stdio') throw usageError('no-command-to-add', { name });
  const headers = headersOf(header);
  const oauth = {
    ...(clientId === undefined ? {} : { clientId }),
    ...(callbackPort === undefined ? {} : { redirectPort: callbackPort }),
  };
  const hasLogin = Object.keys(oauth).length > 0;
  const more = { ...(header ? { headers } : {}), ...(hasLogin ? { oauth } : {}) };
  return withOptions({ ...(type ? { type } : {}), url, ...more }, options);
}

/** An entry as `claude mcp add-json` takes it. */
function ofJson(text: string, command: readonly string[] | undefined, options: AddOptions): ServerEntry {
  if (command || options.transport !== undefined || options.header) throw usageError('remote-and-target');
  try {
    const entry = JSON.parse(text) as ServerEntry;
    if ([entry.command, entry.url].some((one) => typeof one === 'string')) return withOptions(entry, options);
  } catch {
    // Said below, without the text: it may hold secrets.
  }
  throw usageError('entry-json');
}

function transportNamed(written: string): string {
  const kind = kindNamed(written);
  if (kind === undefined) throw usageError('unknown-transport-to-add', { known: Object.keys(KINDS) });
  return kind;
}

function withOptions(entry: ServerEntry, options: AddOptions): ServerEntry {
  if (options.env) entry.env = variablesOf(options.env);
  if (options.endpoint !== undefined) entry.endpoint = checkedEndpoint(options.endpoint);
  if (options.disabled) entry.disabled = true;
  return entry;
}

function variablesOf(assignments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    assignments.map((text) => {
      const split = text.indexOf('=');
      // The value is not repeated: it may be a secret.
      if (split <= 0) throw usageError('env-option');
      return [text.slice(0, split), text.slice(split + 1)];
    }),
  );
}

/** The path as the configuration counts it: relative to its own folder. */
function folderFrom(folder: string, given: string): string {
  const there = resolve(given);
  const path = relative(folder, there);
  return path.startsWith('..') || isAbsolute(path) ? there : path.replaceAll('\\', '/') || '.';
}

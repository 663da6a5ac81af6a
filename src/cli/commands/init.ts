import { lstatSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { type NamedEntry, newConfigText } from '../../config/edit.js';
import { ENDPOINT_VARIABLE } from '../../config/endpoint-choice.js';
import { type EnvLine, envText } from '../../config/env-text.js';
import { type Converted, convert } from '../../config/import/convert.js';
import type { ForeignFile } from '../../config/import/read.js';
import { EnvVariables } from '../../config/move-secrets.js';
import { shellWord } from '../../config/shell-word.js';
import { texts } from '../../messages/commands/init.js';
import { escapeControls } from '../../messages/human.js';
import { formatImportNote, type Lang, messagesFor } from '../../messages/index.js';
import { usageError } from '../../messages/worded.js';
import { makeFolder } from '../../process/make-folder.js';
import { takenIn } from '../edit-session.js';
import { checkedEndpoint } from '../endpoint-option.js';
import { ExitCode } from '../exit-codes.js';
import {
  copyCalculator,
  findServers,
  importFile,
  makeOwnFolder,
  OWN_FOLDER,
  presetServer,
  serverFromOption,
} from '../first-servers.js';
import { keepEnvOutOfGit } from '../git-ignore.js';
import { languageOf } from '../language.js';
import { printSentences } from '../output.js';
import { offerDemand } from '../small-machine.js';
import { afterEdit } from '../tell-daemon.js';
import { createFile, ORDINARY, PRIVATE } from '../text-file.js';

type Words = ReturnType<typeof wordsOf>;

export interface InitOptions {
  endpoint?: string;
  server?: string[];
  import?: string[];
  dir?: string;
  keepSecretsInline?: boolean;
  yes?: boolean;
  /** False with `--no-reload`. */
  reload?: boolean;
  lang?: Lang;
}

/** The answers to all questions. */
interface Answers {
  endpoint: string | undefined;
  servers: NamedEntry[];
  imported: ForeignFile[];
  keepSecretsInline: boolean;
}

/** `mcp-pipe init`: writes mcp_config.json and .env. Returns the exit code. */
export async function init(options: InitOptions): Promise<number> {
  const folder = resolve(options.dir ?? '.');
  const file = join(folder, 'mcp_config.json');
  if (exists(file)) {
    throw usageError('config-exists', { file });
  }
  const isAsking = !options.yes && process.stdin.isTTY === true && process.stdout.isTTY === true;
  const given = await fromOptions(options, folder);
  if (!isAsking) return write(folder, options, withDefault(given, folder));
  const { Interrupted } = await import('./init-questions.js');
  try {
    return await write(folder, options, await ask(options, given, folder));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    printSentences(`${texts[languageOf(options.lang, process.env)].nothingWritten}\n`);
    return ExitCode.interrupted;
  }
}

async function fromOptions(options: InitOptions, folder: string): Promise<Answers> {
  const servers = (options.server ?? []).map((text) => serverFromOption(text, folder));
  const twice = servers.find(({ name }, i) => servers.findIndex((one) => one.name === name) !== i);
  if (twice) throw usageError('server-option-twice', { name: twice.name });
  const imported: ForeignFile[] = [];
  for (const file of options.import ?? []) imported.push(await importFile(file, machine(folder)));
  return {
    endpoint: options.endpoint === undefined ? undefined : checkedEndpoint(options.endpoint),
    servers,
    imported,
    keepSecretsInline: options.keepSecretsInline === true,
  };
}

function withDefault(given: Answers, folder: string): Answers {
  const isEmpty = given.servers.length === 0 && given.imported.length === 0;
  return isEmpty ? { ...given, servers: [presetServer('calculator', folder)] } : given;
}

function machine(folder: string) {
  return { platform: process.platform, env: process.env, home: homedir(), folder };
}

async function ask(options: InitOptions, given: Answers, folder: string): Promise<Answers> {
  const lang = languageOf(options.lang, process.env);
  const questions = await import('./init-questions.js');
  const answers = { ...given };
  if (options.endpoint === undefined) answers.endpoint = await questions.askEndpoint(lang);
  if (given.servers.length === 0 && given.imported.length === 0) {
    const found = await findServers(machine(folder));
    const { presets, imported } = await questions.askServers(
      found.flatMap(({ servers }) => servers),
      lang,
    );
    const served = presets.includes('filesystem')
      ? await questions.askFolder(OWN_FOLDER, folder, lang)
      : undefined;
    answers.servers = presets.map((preset) => presetServer(preset, folder, served));
    answers.imported = chosenOf(found, imported);
  }
  if (!answers.keepSecretsInline) {
    const secrets = new EnvVariables(takenIn(join(folder, '.env')));
    const inline = new EnvVariables(takenIn(join(folder, '.env')));
    converted({ ...answers, keepSecretsInline: true }, inline, folder, lang);
    converted(answers, secrets, folder, lang);
    const names = secrets.lines
      .map(({ name }) => name)
      .filter((name) => !inline.lines.some((one) => one.name === name));
    if (names.length > 0) answers.keepSecretsInline = !(await questions.askMoveSecrets(names, lang));
  }
  return answers;
}

/** The files with only the chosen servers; positions count through all files. */
function chosenOf(files: readonly ForeignFile[], positions: readonly number[]): ForeignFile[] {
  const chosen = new Set(positions.map((i) => files.flatMap(({ servers }) => servers)[i]));
  return files
    .map((file) => ({ ...file, servers: file.servers.filter((server) => chosen.has(server)) }))
    .filter(({ servers }) => servers.length > 0);
}

function converted(answers: Answers, variables: EnvVariables, folder: string, lang: Lang): Converted {
  return convert(answers.imported, {
    variables,
    taken: answers.servers.map(({ name }) => name),
    keepSecretsInline: answers.keepSecretsInline,
    folder,
    home: homedir(),
    pathSeparator: sep,
    lang,
    endpoint: answers.endpoint,
  });
}

async function write(folder: string, options: InitOptions, answers: Answers): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = wordsOf(lang);
  const file = join(folder, 'mcp_config.json');
  const envFile = join(folder, '.env');
  const taken = takenIn(envFile);
  const variables = new EnvVariables((name) => (name === ENDPOINT_VARIABLE ? '' : taken(name)));
  const { servers, agents, notes, endpoint } = converted(answers, variables, folder, lang);
  const config = newConfigText([...answers.servers, ...servers], agents);
  const lines: EnvLine[] = [endpointLine(endpoint, agents.length > 0, words), ...variables.lines];
  const env = envText(lines);
  if (env === undefined) {
    throw usageError('unquotable-value', { file: envFile });
  }
  const said: string[] = [];
  const hasEnv = exists(envFile);
  prepareFolder(folder);
  if (!hasEnv) createFile(envFile, env, PRIVATE);
  try {
    createFile(file, config, answers.keepSecretsInline ? PRIVATE : ORDINARY);
  } catch (error) {
    if (!hasEnv) rmSync(envFile, { force: true });
    throw error;
  }
  const count = answers.servers.length + servers.length;
  said.push(words.wrote({ file, servers: count, envFile: hasEnv ? undefined : envFile }));
  makeOwnFolder(folder, answers.servers);
  const calculator = copyCalculator(folder, answers.servers);
  if (calculator !== undefined) said.push(words.wroteFile({ file: calculator }));
  if (hasEnv) said.push(...toAdd(envFile, lines, endpoint, taken, words));
  said.push(...offerDemand({ file, text: config }, lang).map((text) => words.note({ text })));
  said.push(
    ...notes.map((note) => words.note({ text: formatImportNote(note, lang) })),
    ...keepEnvOutOfGit(folder, lang),
  );
  if (endpoint !== undefined && (process.env[ENDPOINT_VARIABLE] ?? endpoint) !== endpoint) {
    said.push(words.note({ text: words.environmentWins({ variable: ENDPOINT_VARIABLE }) }));
  }
  const isGiven = endpoint !== undefined || agents.length > 0;
  const hasEndpoint = (isGiven && !hasEnv) || Boolean(taken(ENDPOINT_VARIABLE));
  const print = (lines: readonly string[]) => printSentences(`${lines.map(escapeControls).join('\n')}\n`);
  print(said);
  // One that runs with a file of this name, which was removed.
  const { reload = true } = options;
  const { told, exitCode } = await afterEdit({ file, config: file, lang, reload, isSilentAlone: true });
  if (told?.outcome !== 'taken-over') print(nextSteps(options.dir, envFile, hasEndpoint, words));
  return exitCode;
}

function wordsOf(lang: Lang) {
  return { ...messagesFor(lang).commands, ...texts[lang] };
}

function endpointLine(value: string | undefined, isOfAgent: boolean, words: Words): EnvLine {
  const set = isOfAgent ? words.endpointOfAgentComment : words.endpointSetComment;
  const comment = value === undefined ? words.endpointComment : set;
  return { name: ENDPOINT_VARIABLE, value, comment };
}

/** The lines that an existing `.env` lacks, without values. */
function toAdd(
  envFile: string,
  lines: readonly EnvLine[],
  endpoint: string | undefined,
  taken: (name: string) => string | undefined,
  words: Words,
): string[] {
  const missing = lines.filter(({ name }) =>
    name === ENDPOINT_VARIABLE ? endpoint !== undefined && taken(name) !== endpoint : true,
  );
  const kept = words.envKept({ file: envFile });
  if (missing.length === 0) return [kept];
  return [`${kept} ${words.envLacks}`, ...missing.map(({ name }) => `  ${name}=…`)];
}

function nextSteps(dir: string | undefined, envFile: string, hasEndpoint: boolean, words: Words): string[] {
  const go = dir === undefined || resolve(dir) === process.cwd() ? '' : `cd ${shellWord(dir)} && `;
  if (hasEndpoint) return [words.next({ text: `${go}mcp-pipe` })];
  return [
    words.next({ text: `${go}mcp-pipe --local     ${words.withoutToken}` }),
    words.thenEndpoint({ file: envFile, variable: ENDPOINT_VARIABLE, run: `${go}mcp-pipe` }),
  ];
}

function prepareFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError('folder-refused', { folder, code: String(code) });
  }
}

/** A dangling symbolic link counts as existing. */
function exists(file: string): boolean {
  try {
    return lstatSync(file) !== undefined;
  } catch {
    return false;
  }
}

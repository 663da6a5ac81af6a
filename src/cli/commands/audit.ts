import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../config/load.js';
import { auditFile } from '../../daemon/audit/audit-place.js';
import { stateFolderOf } from '../../daemon/state-folder.js';
import { texts } from '../../messages/commands/audit.js';
import type { AuditRecord } from '../../observe/audit/audit-line.js';
import { type AuditFilter, isWanted, summaryOf } from '../../observe/audit/filter-audit.js';
import { AuditTail, openedFile, recordsBackwards } from '../../observe/audit/read-audit.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { print, printError, printJson, printJsonLine } from '../output.js';
import { sinceMs } from '../since.js';
import { lineOf, summaryText } from './audit-text.js';

export interface AuditOptions {
  config?: string;
  envFile?: string;
  since?: string;
  until?: string;
  key?: string;
  server?: string;
  tool?: string;
  outcome?: string;
  kind?: string;
  requestId?: string;
  lines?: number;
  follow?: boolean;
  summary?: boolean;
  json?: boolean;
  lang?: string;
}

/** Lines that are shown unless the options say how many. */
const LINES = 100;
/** What is summed up unless the options say since when. */
const SUMMED = '24h';
/** How often it is looked for further lines, in milliseconds. */
const LOOK_MS = 300;

/** `mcp-pipe audit`: reads the files of the audit log; no mcp-pipe need run. Returns the exit code. */
export async function audit(options: AuditOptions): Promise<number> {
  const words = texts[languageOf(options.lang, process.env)];
  const { key, server, tool, outcome, kind, requestId, summary = false } = options;
  const since = options.since ?? (summary ? SUMMED : undefined);
  const filter: AuditFilter = {
    ...{ key, server, tool, outcome, kind, requestId },
    sinceMs: since === undefined ? undefined : sinceMs(since),
    untilMs: options.until === undefined ? undefined : sinceMs(options.until),
  };
  const file = await fileOf(options);
  if (!exists(file) && !options.follow) {
    printError(`${words.noFile({ file })}\n`);
    return ExitCode.notRunning;
  }
  const columns = process.stdout.isTTY ? process.stdout.columns || undefined : undefined;
  if (summary) {
    const groups = summaryOf(wantedBackwards(file, filter));
    if (options.json) printJson(groups);
    else if (groups.length > 0) print(summaryText(groups, words, columns));
    else printError(`${words.none}\n`);
    return ExitCode.ok;
  }
  const show = (record: AuditRecord) =>
    options.json ? printJsonLine(record) : print(lineOf(record, columns));
  const tail = options.follow ? new AuditTail(file) : undefined;
  const limit = options.lines ?? (since === undefined ? LINES : Number.POSITIVE_INFINITY);
  const latest: AuditRecord[] = [];
  for (const record of wantedBackwards(file, filter)) {
    if (latest.length >= limit) break;
    latest.push(record);
  }
  for (const record of latest.reverse()) show(record);
  if (!tail) {
    if (latest.length === 0) printError(`${words.none}\n`);
    return ExitCode.ok;
  }
  for (;;) {
    for (const record of tail.next()) if (isWanted(record, filter)) show(record);
    await sleep(LOOK_MS);
  }
}

/** The latest first; none is read that is older than `sinceMs`. */
function* wantedBackwards(file: string, filter: AuditFilter): Generator<AuditRecord> {
  for (const record of recordsBackwards(file)) {
    if (filter.sinceMs !== undefined && Date.parse(record.time) < filter.sinceMs) return;
    if (isWanted(record, filter)) yield record;
  }
}

function exists(file: string): boolean {
  const opened = openedFile(file) ?? openedFile(`${file}.1`);
  return opened !== undefined;
}

/** Where it is, by the configuration; where that cannot be read, in the state folder. */
async function fileOf({ config, envFile }: AuditOptions): Promise<string> {
  const loading = loadConfig({ file: config, envFile, env: process.env, cwd: process.cwd() });
  const file = await loading.then(
    (loaded) => loaded.audit.plan?.file,
    () => undefined,
  );
  return auditFile({ file }, stateFolderOf(config));
}

import {
  type AuditedPackage,
  auditPackages,
  type PackageAudit,
} from '../../daemon/package-audit/audit-packages.js';
import { lockFiles } from '../../daemon/packages/lock-place.js';
import { stateFolderOf } from '../../daemon/state-folder.js';
import { texts } from '../../messages/commands/audit-packages.js';
import { escapeControls } from '../../messages/human.js';
import { cutToWidth, displayWidth, padToWidth, wrapWords } from '../../observe/display-width.js';
import { Redactor } from '../../observe/redact.js';
import { ExitCode } from '../exit-codes.js';
import { listenForInterruption } from '../interruption.js';
import { languageOf } from '../language.js';
import { print, printError, printJson } from '../output.js';
import { plannedServers } from '../planned-servers.js';
import { concernText } from './concern-text.js';

export interface PackageAuditOptions {
  config?: string;
  envFile?: string;
  /** A server, or true for all. */
  packages?: string | true;
  fresh?: boolean;
  strict?: boolean;
  json?: boolean;
  lang?: string;
}

type Words = (typeof texts)['en'];

/** `mcp-pipe audit --packages [server]`. Returns the exit code. */
export async function packageAudit(options: PackageAuditOptions): Promise<number> {
  const { config, packages: named, fresh, strict = false, json = false } = options;
  const words = texts[languageOf(options.lang, process.env)];
  const interruption = listenForInterruption();
  try {
    const names = typeof named === 'string' ? [named] : [];
    const { servers, secrets } = await plannedServers(names, options);
    const audit = await auditPackages(servers, {
      ...{ lockFiles: lockFiles(config), folder: stateFolderOf(config), ask: fresh ? 'fresh' : 'daily' },
      signal: interruption.asked,
    });
    const redactor = new Redactor(secrets);
    const clean = redacted(audit, (text) => redactor.redact(text));
    if (json) printJson(jsonOf(clean));
    else show(clean, words, Date.now());
    return exitCodeOf(audit, strict);
  } catch (error) {
    if (interruption.asked.aborted) return ExitCode.interrupted;
    throw error;
  } finally {
    interruption.dispose();
  }
}

/** What a program or registry has said may hold what it was given. */
function redacted(audit: PackageAudit, redact: (text: string) => string): PackageAudit {
  const packages = audit.packages.map((one) =>
    one.failed === undefined ? one : { ...one, failed: redact(one.failed) },
  );
  return { ...audit, packages };
}

function exitCodeOf({ packages, brokenLocks }: PackageAudit, isStrict: boolean): number {
  const has = (worst: AuditedPackage['worst']) => packages.some((one) => one.worst === worst);
  if (has('bad') || (isStrict && has('doubtful'))) return ExitCode.found;
  // What could not be looked at is never "all well".
  if (brokenLocks.length > 0 || packages.some(({ failed }) => failed !== undefined)) return ExitCode.runtime;
  return packages.length === 0 ? ExitCode.notRunning : ExitCode.ok;
}

function jsonOf({ packages, ...rest }: PackageAudit): object {
  const listed = packages.map(({ askedAt, worst = 'unknown', ...rest }) => ({
    ...rest,
    worst,
    ...(askedAt === undefined ? {} : { askedAt: new Date(askedAt).toISOString() }),
  }));
  return { packages: listed, ...rest };
}

function show(
  { packages, notLocked, asWritten, brokenLocks }: PackageAudit,
  words: Words,
  now: number,
): void {
  for (const broken of brokenLocks) printError(`${words.broken(broken)}\n`);
  if (packages.length > 0) {
    print(
      `${packageTable(packages, words, now, process.stdout.isTTY ? process.stdout.columns || undefined : undefined)}\n`,
    );
    const counted = (worst: AuditedPackage['worst']) => packages.filter((one) => one.worst === worst).length;
    const unknown = packages.filter(({ failed }) => failed !== undefined).length;
    const all = { bad: counted('bad'), doubtful: counted('doubtful'), unknown, all: packages.length };
    print(`\n${words.summary(all)}\n`);
  } else if (notLocked.length + asWritten.length + brokenLocks.length === 0) printError(`${words.none}\n`);
  if (notLocked.length > 0) printError(`${words.notLocked({ servers: notLocked })}\n`);
  if (asWritten.length > 0) printError(`${words.asWritten({ servers: asWritten })}\n`);
}

/** Columns of a package's name and version; a longer one is cut. */
const NAME_COLUMNS = 64;
/** For where no terminal says how many there are. */
const COLUMNS = 140;

/** Each package with what is to be said of it, one thing in a row, the worst first; foreign text is escaped. */
export function packageTable(
  packages: readonly AuditedPackage[],
  words: Words,
  now: number,
  columns = COLUMNS,
): string {
  const weight = Math.max(...Object.values(words.weights).map((word) => [...word].length));
  const names = packages.map(({ name, version }) =>
    cutToWidth(escapeControls(`${name} ${version}`), NAME_COLUMNS),
  );
  const named = Math.max(...names.map((name) => name.length));
  const indent = ' '.repeat(weight + 2);
  const rows = packages.map((one, i) => {
    const age = one.askedAt === undefined ? undefined : Math.max(0, now - one.askedAt);
    const name = `${padToWidth(words.weights[one.worst ?? 'unknown'], weight)}  ${names[i]!}`;
    const of = escapeControls(words.of({ servers: one.servers, age }));
    // Where there is no room beside the longest name, its servers stand below it.
    const isRoomy = indent.length + named + 2 + displayWidth(of) <= columns;
    const head = isRoomy
      ? `${padToWidth(name, indent.length + named)}  ${of}`
      : `${name}\n${indent}${wrapWords(of, columns, indent.length, indent)}`;
    const lines = [
      ...(one.failed === undefined ? [] : [words.failed({ why: one.failed, age })]),
      ...one.concerns.map((concern) => `${words.weights[concern.weight]}: ${concernText(concern, words)}`),
      ...(one.worst === 'good' && one.failed === undefined ? [words.good] : []),
    ];
    const wrapped = lines.map(
      (line) => indent + wrapWords(escapeControls(line), columns, indent.length, `${indent}  `),
    );
    return [head, ...wrapped].join('\n');
  });
  return rows.join('\n');
}

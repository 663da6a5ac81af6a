import { serviceControl } from '../../daemon/control-place.js';
import type { texts } from '../../messages/commands/service.js';
import { displayWidth, padToWidth } from '../../observe/display-width.js';
import { daemonOf, readText } from './conflicts.js';
import type { Machine } from './machine.js';
import type { Manager, ServiceState } from './manager.js';
import { type Made, madeBy, type Scope } from './service.js';

/** `mcp-pipe service status --json`. Times are milliseconds since 1970; null: not known. */
export interface ServiceReport {
  name: string;
  scope: Scope;
  manager: string;
  file: string;
  installed: boolean;
  /** Whether mcp-pipe made the file. */
  own: boolean;
  config: string | null;
  enabled: boolean | null;
  running: boolean;
  /** Whether mcp-pipe answers on its control socket. */
  answers: boolean;
  pid: number | null;
  since: number | null;
  state: string | null;
  lastExit: ServiceState['lastExit'] | null;
  restarts: number | null;
  afterReboot: 'before-login' | 'at-login' | 'no';
  log: string | null;
  restart: string;
}

/** Asks the manager, and the daemon itself. */
export async function serviceReport(
  name: string,
  manager: Manager,
  machine: Machine,
): Promise<ServiceReport> {
  const text = readText(manager.file);
  const made = text === undefined ? undefined : madeBy(text);
  const state = text === undefined ? undefined : await manager.state();
  const daemon = made && (await daemonOfMade(made, manager, machine));
  // Some managers do not tell whether it runs.
  const running = state?.running === true || (state?.word === undefined && daemon !== undefined);
  const pid = state?.pid ?? daemon?.pid ?? null;
  return {
    name,
    scope: manager.scope,
    manager: manager.kind,
    file: manager.file,
    installed: text !== undefined,
    own: made !== undefined,
    config: made?.config ?? null,
    enabled: state?.enabled ?? null,
    running,
    answers: daemon !== undefined && (daemon.pid === undefined || daemon.pid === pid),
    pid: running ? pid : null,
    since: state?.since ?? null,
    state: state?.word ?? null,
    lastExit: state?.lastExit ?? null,
    restarts: state?.restarts ?? null,
    afterReboot: state?.beforeLogin ? 'before-login' : state?.enabled ? 'at-login' : 'no',
    log: made?.logFile ?? (manager.log ? `${manager.log.join(' ')} -f` : null),
    restart: manager.restart,
  };
}

function daemonOfMade(made: Made, manager: Manager, machine: Machine) {
  const isSystem = manager.scope === 'system';
  // Root may ask the daemon of every user.
  const uid = machine.uid === 0 && isSystem ? undefined : machine.uid;
  const account = { name: '', uid, home: undefined };
  const control = isSystem && manager.kind === 'systemd' ? serviceControl(made.config) : undefined;
  return daemonOf({ made, account, control });
}

/** The report as a table of two columns. */
export function serviceText(report: ServiceReport, words: typeof texts.en, now: number): string {
  if (!report.installed) return `${words.notInstalled(report)}\n`;
  const { rows } = words;
  const yesNo = (value: boolean | null) => (value === null ? words.unknown : value ? words.yes : words.no);
  const { lastExit, pid, restarts, running, since, state } = report;
  const agoMs = (at: number | undefined | null) => (at ? Math.max(0, now - at) : undefined);
  const runs = report.answers
    ? words.runsSince({ pid: pid ?? undefined, forMs: agoMs(since) })
    : words.notAnsweringNow;
  const boot = { 'before-login': words.boot.before, 'at-login': words.boot.atLogin, no: words.boot.not };
  const table: (readonly [string, string | undefined])[] = [
    [rows.file, report.file],
    [rows.config, report.config ?? undefined],
    [rows.enabled, yesNo(report.enabled)],
    [rows.running, running ? runs : words.doesNotRun({ word: state ?? undefined })],
    [rows.lastExit, lastExit ? words.ended(endOf(lastExit, agoMs(lastExit.at))) : undefined],
    [rows.restarts, restarts ? String(restarts) : undefined],
    [rows.boot, boot[report.afterReboot]],
    [rows.log, report.log ?? undefined],
    [rows.restart, report.restart],
  ];
  const shown = table.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => displayWidth(name)));
  return `${[report.name, ...shown.map(([name, text]) => `  ${padToWidth(name, width)}  ${text}`)].join('\n')}\n`;
}

function endOf(
  { code, signal }: NonNullable<ServiceState['lastExit']>,
  agoMs: number | undefined,
): { code?: number; signal?: string; agoMs?: number } {
  return {
    ...(code === undefined ? {} : { code }),
    ...(signal === undefined ? {} : { signal }),
    ...(agoMs === undefined ? {} : { agoMs }),
  };
}

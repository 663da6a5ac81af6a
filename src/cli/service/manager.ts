import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { launchdPlist } from './launchd-plist.js';
import type { Machine } from './machine.js';
import { scheduledTask } from './scheduled-task.js';
import type { Scope, Service } from './service.js';
import { systemdUnit } from './systemd-unit.js';

export type ManagerKind = 'systemd' | 'launchd' | 'windows';

/** What a service manager says about a service. Times are milliseconds since 1970. */
export interface ServiceState {
  /** Undefined: the manager does not say. */
  enabled: boolean | undefined;
  running: boolean;
  pid: number | undefined;
  since: number | undefined;
  /** The word of the manager: `active`, `failed`, `activating`, … */
  word: string | undefined;
  lastExit: { code: number | undefined; signal: string | undefined; at: number | undefined } | undefined;
  restarts: number | undefined;
  /** Whether it starts after a reboot before anyone logs in. */
  beforeLogin: boolean;
}

/** A service manager of an operating system, for services of one name. */
export interface Manager {
  kind: ManagerKind;
  scope: Scope;
  /** The service's file. */
  file: string;
  textOf(service: Service): string;
  bytesOf(text: string): Buffer;
  /** Commands before its file is written, which may fail: a service that is installed again ends first. */
  before: readonly (readonly string[])[];
  /** Commands after its file is written: it starts now and from then on. Each has to succeed. */
  start: readonly (readonly string[])[];
  /** Commands before its file is removed. */
  stop: readonly (readonly string[])[];
  /** Commands after its file is removed. */
  forget: readonly (readonly string[])[];
  /** Command that shows its log; undefined where the log is a file. */
  log: readonly string[] | undefined;
  /** Command that starts it again. */
  restart: string;
  /** What the manager answers when it does not run here; undefined when it runs. */
  absence(): Promise<string | undefined>;
  state(): Promise<ServiceState>;
}

export function managerKind(platform: NodeJS.Platform): ManagerKind {
  return platform === 'win32' ? 'windows' : platform === 'darwin' ? 'launchd' : 'systemd';
}

export function managerOf(kind: ManagerKind, name: string, scope: Scope, machine: Machine): Manager {
  return { systemd, launchd, windows }[kind](name, scope, machine);
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

function systemd(name: string, scope: Scope, machine: Machine): Manager {
  const unit = `${name}.service`;
  const mine = scope === 'user';
  const systemctl = mine ? ['systemctl', '--user'] : ['systemctl'];
  const journalctl = mine ? ['journalctl', '--user-unit', unit] : ['journalctl', '-u', unit];
  const config = machine.env.XDG_CONFIG_HOME || join(machine.home ?? '/', '.config');
  const folder = mine ? join(config, 'systemd/user') : '/etc/systemd/system';
  return {
    kind: 'systemd',
    scope,
    file: join(folder, unit),
    textOf: systemdUnit,
    bytesOf: utf8,
    before: [],
    start: [
      [...systemctl, 'daemon-reload'],
      [...systemctl, 'enable', unit],
      [...systemctl, 'restart', unit],
    ],
    stop: [[...systemctl, 'disable', '--now', unit]],
    forget: [
      [...systemctl, 'daemon-reload'],
      [...systemctl, 'reset-failed', unit],
    ],
    log: journalctl,
    restart: [...systemctl, 'restart', name].join(' '),
    absence: async () => {
      const { code, output } = await machine.run([...systemctl, 'is-system-running']);
      const last = output.split('\n').at(-1)!.trim();
      const runs = ['running', 'degraded', 'starting', 'initializing', 'maintenance', 'stopping'];
      return runs.includes(last) ? undefined : code === undefined ? 'systemctl: not found' : output;
    },
    state: async () => {
      const shown = await machine.run([
        ...[...systemctl, 'show', unit, '--timestamp=unix'],
        '--property=ActiveState,UnitFileState,MainPID,ActiveEnterTimestamp,ExecMainCode,ExecMainStatus,ExecMainExitTimestamp,NRestarts',
      ]);
      const linger = mine
        ? await machine.run(['loginctl', 'show-user', machine.user, '--property=Linger', '--value'])
        : undefined;
      const state = unitState(shown.output);
      return { ...state, beforeLogin: state.enabled === true && (!mine || linger?.output.trim() === 'yes') };
    },
  };
}

/** Reads what `systemctl show` says. */
export function unitState(output: string): Omit<ServiceState, 'beforeLogin'> {
  const values = new Map(
    output.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const numberOf = (key: string) => Number(values.get(key)?.replace('@', '')) || undefined;
  const timeOf = (key: string) => {
    const seconds = numberOf(key);
    return seconds === undefined ? undefined : seconds * 1_000;
  };
  const word = values.get('ActiveState');
  const running = word === 'active';
  const status = Number(values.get('ExecMainStatus') ?? 0);
  const at = timeOf('ExecMainExitTimestamp');
  // waitid(2): 1 is CLD_EXITED, 2 CLD_KILLED, 3 CLD_DUMPED.
  const how = values.get('ExecMainCode');
  return {
    enabled: values.has('UnitFileState') ? values.get('UnitFileState')!.startsWith('enabled') : undefined,
    running,
    pid: numberOf('MainPID'),
    since: running ? timeOf('ActiveEnterTimestamp') : undefined,
    word,
    lastExit:
      at === undefined
        ? undefined
        : how === '1'
          ? { code: status, signal: undefined, at }
          : { code: undefined, signal: String(status), at },
    restarts: values.has('NRestarts') ? Number(values.get('NRestarts')) : undefined,
  };
}

function launchd(name: string, scope: Scope, machine: Machine): Manager {
  const mine = scope === 'user';
  const domain = mine ? `gui/${machine.uid ?? 0}` : 'system';
  const job = `${domain}/${name}`;
  const folder = mine ? join(machine.home ?? '/', 'Library/LaunchAgents') : '/Library/LaunchDaemons';
  const file = join(folder, `${name}.plist`);
  return {
    kind: 'launchd',
    scope,
    file,
    textOf: launchdPlist,
    bytesOf: utf8,
    // launchd takes a job only once.
    before: [['launchctl', 'bootout', job]],
    start: [
      ['launchctl', 'enable', job],
      ['launchctl', 'bootstrap', domain, file],
    ],
    stop: [['launchctl', 'bootout', job]],
    forget: [],
    log: undefined,
    restart: `launchctl kickstart -k ${job}`,
    absence: async () => {
      const { code, output } = await machine.run(['launchctl', 'print', domain]);
      return code === 0 ? undefined : code === undefined ? 'launchctl: not found' : output;
    },
    state: async () => {
      const { code, output } = await machine.run(['launchctl', 'print', job]);
      const wordOf = (key: string) => new RegExp(`^\\s*${key} = (\\S+)`, 'm').exec(output)?.[1];
      const lastCode = Number(wordOf('last exit code'));
      const pid = Number(wordOf('pid')) || undefined;
      return {
        enabled: code === 0,
        running: pid !== undefined,
        pid,
        since: undefined,
        word: wordOf('state'),
        lastExit: Number.isInteger(lastCode)
          ? { code: lastCode, signal: undefined, at: undefined }
          : undefined,
        restarts: undefined,
        beforeLogin: !mine && code === 0,
      };
    },
  };
}

function windows(name: string, scope: Scope, machine: Machine): Manager {
  const folder = join(machine.env.LOCALAPPDATA ?? machine.home ?? '', 'mcp-pipe');
  const file = join(folder, `${name}.task.xml`);
  return {
    kind: 'windows',
    scope,
    file,
    textOf: scheduledTask,
    // schtasks reads UTF-16 with a byte order mark.
    bytesOf: (text) => Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le'),
    before: [['schtasks', '/End', '/TN', name]],
    start: [
      ['schtasks', '/Create', '/TN', name, '/XML', file, '/F'],
      ['schtasks', '/Run', '/TN', name],
    ],
    stop: [
      ['schtasks', '/End', '/TN', name],
      ['schtasks', '/Delete', '/TN', name, '/F'],
    ],
    forget: [],
    log: undefined,
    restart: `schtasks /End /TN ${name} && schtasks /Run /TN ${name}`,
    absence: async () => {
      const { code, output } = await machine.run(['schtasks', '/Query', '/FO', 'CSV', '/NH']);
      return code === undefined ? 'schtasks: not found' : code === 0 || existsSync(file) ? undefined : output;
    },
    state: async () => {
      // What the rest of the answer says depends on the language of Windows.
      const { code } = await machine.run(['schtasks', '/Query', '/TN', name]);
      const isKnown = code === 0;
      return {
        ...{ enabled: isKnown, running: false, pid: undefined, since: undefined, word: undefined },
        ...{ lastExit: undefined, restarts: undefined, beforeLogin: isKnown && scope === 'system' },
      };
    },
  };
}

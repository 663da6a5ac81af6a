import { join } from 'node:path';
import { markOf, type Service } from './service.js';

/** Where it waits between two starts, in seconds: long enough for a machine that is busy, short for a person who waits. */
const RESTART_SECONDS = 5;

// D146
/** A unit file of systemd (systemd.service(5), systemd.exec(5)). */
export function systemdUnit(service: Service): string {
  const isSystem = service.scope === 'system';
  const { account, command, env, folder, stopSeconds, made } = service;
  const variables = Object.entries(env).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return `${[
    '# Made by `mcp-pipe service install`; `mcp-pipe service uninstall` removes it. Changes of yours belong into a file beside it:',
    `# systemctl ${isSystem ? '' : '--user '}edit ${service.name}`,
    `# ${markOf(made)}`,
    '[Unit]',
    `Description=mcp-pipe (${plain(made.config)})`,
    // A network that comes later is no error: mcp-pipe dials again. Without it, the log begins with failures.
    ...(isSystem
      ? [
          'Wants=network-online.target',
          'After=network-online.target nss-lookup.target',
          `RequiresMountsFor=${quoted(folder)} ${quoted(command[0])}`,
        ]
      : []),
    '# It is started again however often it ends.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    ...(isSystem ? [`User=${account.name}`] : []),
    `WorkingDirectory=${plain(folder)}`,
    `ExecStart=${commandLine(command)}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    ...variables,
    ...(service.control === undefined ? [] : runtimeFolder(service.control)),
    ...(isSystem && account.home === undefined ? stateFolder(service.name) : []),
    'Restart=on-failure',
    `RestartSec=${RESTART_SECONDS}`,
    '# 2: the configuration cannot be used, which another start does not change.',
    'RestartPreventExitStatus=2',
    'SuccessExitStatus=130',
    '# mcp-pipe ends its servers itself: calls in flight are finished first.',
    'KillMode=mixed',
    `TimeoutStopSec=${stopSeconds}`,
    '# The groups of servers with "limits" are made below its own.',
    'Delegate=yes',
    '# A server that uses up the memory does not take the others with it.',
    'OOMPolicy=continue',
    '',
    ...(isSystem ? [...HARDENING, ...HARDENING_OF_SYSTEM] : HARDENING),
    // Of another user, only the groups below its own can be written to.
    ...(isSystem && account.name === 'root' ? ['ProtectControlGroups=yes'] : []),
    '',
    '[Install]',
    `WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}`,
  ].join('\n')}\n`;
}

/** What needs no rights: a user's manager may not make namespaces everywhere, and then a unit that asks for one fails. */
const HARDENING = [
  '# V8 and other compilers write code while they run: no MemoryDenyWriteExecute.',
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallErrorNumber=EPERM',
];

const HARDENING_OF_SYSTEM = [
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  '# Not strict: only the servers know where they write.',
  'ProtectSystem=full',
  'PrivateTmp=yes',
  'PrivateMounts=yes',
  'ProtectProc=invisible',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelLogs=yes',
  'ProtectHostname=yes',
  'RestrictNamespaces=yes',
  'KeyringMode=private',
];

/** The control socket stands outside of /tmp, which is the unit's own, and where a terminal looks for it. */
function runtimeFolder(control: string): string[] {
  const folder = control.replace(/^\/run\//, '').replace(/\/[^/]*$/, '');
  return [
    `RuntimeDirectory=${folder}`,
    'RuntimeDirectoryMode=0700',
    `Environment=${quoted(`MCP_PIPE_CONTROL=${control}`)}`,
  ];
}

/** For a user without a home folder: npx, uvx and the leases need one. */
function stateFolder(name: string): string[] {
  const folder = join('mcp-pipe', name);
  return [
    `StateDirectory=${folder}`,
    'StateDirectoryMode=0700',
    `Environment="HOME=%S/${folder}" "MCP_PIPE_STATE=%S/${folder}"`,
  ];
}

/** The first word is no variable in any case; in the others, a dollar sign would be one. */
function commandLine([program, ...args]: Service['command']): string {
  return [quoted(program), ...args.map((word) => quoted(word).replaceAll('$', '$$$$'))].join(' ');
}

/** systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers". */
function quoted(word: string): string {
  const text = plain(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /^[\p{L}\p{N}_@%+=:,./-]+$/u.test(text) ? text : `"${text}"`;
}

/** A whole line that is not split into words. */
function plain(text: string): string {
  return text.replaceAll('%', '%%');
}

/** Whether a unit file can hold the word: it cannot hold control characters, nor a backslash at the end of a line. */
export function fitsIntoUnit(word: string): boolean {
  return !/\p{Cc}/u.test(word) && !word.endsWith('\\');
}

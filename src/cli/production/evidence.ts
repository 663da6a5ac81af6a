import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CheckHost } from '../../config/check/host.js';
import type { Settings } from '../../config/defaults.js';
import type { Draft } from '../../config/draft.js';
import type { Finding } from '../../protocol/errors.js';
import type { ComposeFile } from './compose-services.js';

/** What the points are judged by. */
export interface Evidence {
  /** What the configuration would start, with its page and its metrics. */
  draft: Draft;
  /** Keys of `mcp-pipe key`; undefined: there is no file of them. */
  storedKeys: number | undefined;
  /** What `mcp-pipe check` finds. */
  findings: readonly Finding[];
  settings: Settings;
  /** Undefined: no compose file is seen. */
  compose: ComposeFile | undefined;
  /** User id of this process; undefined on a system without one. */
  uid: number | undefined;
  /** Bytes of memory that the system allows this process; undefined: no limit is seen. */
  memoryLimit: number | undefined;
  /** `MCP_PIPE_LOG_FORMAT`. */
  logFormat: string | undefined;
  /** What a running mcp-pipe of this configuration says of its health; undefined: none answers. */
  healthy: boolean | undefined;
  deployment: Deployment;
  /** `mcp-pipe service` has made one of this configuration. */
  isService: boolean;
  /** Files of a pipeline that builds and tests are beside the configuration. */
  hasPipeline: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/** What the scripts of `deploy/scripts` have left. */
export interface Deployment {
  hasRollback: boolean;
  /** Events of deployments, oldest first: `deployed`, `rolled-back`, `failed`, `interrupted`. */
  history: readonly string[];
  /** The last event of each environment. */
  last: readonly string[];
  /** When the newest backup was written; undefined: there is none. */
  backupAt: number | undefined;
  /** When a load test whose thresholds held was recorded; undefined: never. */
  loadTestAt: number | undefined;
}

const PIPELINES = [
  '.github/workflows',
  '.gitlab-ci.yml',
  'Jenkinsfile',
  '.woodpecker.yml',
  '.forgejo/workflows',
];

export function hasPipeline(folder: string, host: CheckHost): boolean {
  return PIPELINES.some((name) => host.kindOf(join(folder, name)) !== undefined);
}

/** Looks for what the scripts of a deployment have left: its folder is the one above the compose file's. */
export function deploymentOf(compose: ComposeFile | undefined, host: CheckHost): Deployment {
  if (compose === undefined)
    return { hasRollback: false, history: [], last: [], backupAt: undefined, loadTestAt: undefined };
  const folder = dirname(dirname(compose.file));
  // Another environment beside it says nothing of this one.
  const all = inFolder(join(folder, 'state'));
  const own = all.filter((state) => basename(state) === 'production');
  const states = own.length > 0 ? own : all;
  const histories = states.map((state) => eventsOf(host.textOf(join(state, 'history')) ?? ''));
  return {
    hasRollback: host.kindOf(join(folder, 'scripts', 'rollback.sh')) === 'file',
    history: histories.flat(),
    last: histories.flatMap((events) => events.at(-1) ?? []),
    // Where BACKUP_DIR is another folder, backup.sh leaves its mark here.
    backupAt: newest(
      states.flatMap((state) => [
        join(state, 'last-backup'),
        ...inFolder(join(state, 'backups')).filter(isFinished),
      ]),
    ),
    loadTestAt: newest(
      states.map((state) => join(state, 'load-test.json')).filter((file) => hasPassed(host.textOf(file))),
    ),
  };
}

/** What a backup that was killed has left is a folder with another name. */
function isFinished(file: string): boolean {
  return basename(file).startsWith('mcp-pipe_') && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** A line of the history: time, event, version. */
function eventsOf(history: string): string[] {
  return history.split('\n').flatMap((line) => line.split(/\s+/)[1] ?? []);
}

/** `npm run load -- --json` writes a run that has failed as well. */
function hasPassed(text: string | undefined): boolean {
  try {
    return (JSON.parse(text ?? '') as { passed?: unknown } | null)?.passed === true;
  } catch {
    return false;
  }
}

function newest(files: readonly string[]): number | undefined {
  const times = files.flatMap((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

function inFolder(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    // There is none, or it is for another user.
    return [];
  }
}

/** cgroup v2, then v1: the files that a container sees of its own group. */
const LIMITS = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** A group without a limit says `max`, or a number that no machine has. */
const NO_LIMIT = 2 ** 50;

export function memoryLimit(host: CheckHost): number | undefined {
  const written = LIMITS.flatMap((file) => host.textOf(file) ?? []).map(Number);
  return written.find((bytes) => bytes > 0 && bytes < NO_LIMIT);
}

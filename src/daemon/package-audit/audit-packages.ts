import { Environment } from '../../config/environment.js';
import { chooseProxy } from '../../config/proxy-choice.js';
import { type Concern, judge, type Weight } from '../../packages/audit/judge.js';
import { FactsFile, type KeptFacts } from '../../packages/audit/kept-facts.js';
import type { GetText, RegistryFacts } from '../../packages/audit/registry-facts.js';
import { lockOf, readLocks } from '../../packages/lock-of.js';
import type { LockedPackage } from '../../packages/locked-package.js';
import { PackageError } from '../../packages/package-error.js';
import type { PackageHost } from '../../packages/package-kind.js';
import { lockKey } from '../../packages/wanted-package.js';
import { DialError } from '../../protocol/errors.js';
import { systemClock } from '../../time/clock.js';
import { getText } from '../../transports/post.js';
import { isHeldServer, lockingCommand, type ServerWithCommand } from '../packages/lock-step.js';

/** A server of a plan or of a check, as far as its package goes. */
type AuditedServer = ServerWithCommand & {
  name: string;
  /** Undefined for one that is no process of this machine. */
  launch?: { command: string; args: readonly string[]; cwd: string; env: Readonly<Record<string, string>> };
};

/** What is known of one locked package. */
export interface AuditedPackage {
  registry: LockedPackage['registry'];
  name: string;
  version: string;
  /** The servers that start it. */
  servers: readonly string[];
  /** Undefined: nothing is known, because the registry could not be asked now or before. `good`: nothing is to be said. */
  worst: Weight | 'good' | undefined;
  /** The worst first. */
  concerns: readonly Concern[];
  /** When the registry was asked, in milliseconds since 1970. */
  askedAt?: number;
  /** Why it could not be asked now. */
  failed?: string;
}

export interface PackageAudit {
  /** The worst first. */
  packages: readonly AuditedPackage[];
  /** Servers that fetch a package that is not locked. */
  notLocked: readonly string[];
  /** Servers of packages that are always started as written: a lock that has them is another server's. */
  asWritten: readonly string[];
  /** Lock files that cannot be read, with the reason. */
  brokenLocks: readonly { file: string; why: string }[];
}

export interface PackageAuditOptions {
  /** Lock files, the first with an entry counts. */
  lockFiles: readonly string[];
  /** Where answers are kept. */
  folder: string;
  /** `fresh`: registries are asked again. `kept`: only what is known already, and no registry is asked. */
  ask: 'daily' | 'fresh' | 'kept';
  signal: AbortSignal;
  now?: () => number;
}

/** Answers are this old at most, in milliseconds: packages are taken over or withdrawn at any hour, and registries want few questions. */
const KEPT_MS = 24 * 60 * 60 * 1_000;
/** Packages that are asked for at a time: npm takes a core for half a second each. */
const AT_ONCE = 2;
/** For one request to an index, in milliseconds. */
const REQUEST_MS = 15_000;

const ORDER: readonly AuditedPackage['worst'][] = ['bad', undefined, 'doubtful', 'note', 'good'];

interface Subject {
  locked: LockedPackage;
  host: PackageHost;
  servers: string[];
}

/** Asks the registries for the locked packages of servers. A registry that is away is said, and its packages never count as good. */
// D333
export async function auditPackages(
  servers: readonly AuditedServer[],
  { lockFiles, folder, ask, signal, now = Date.now }: PackageAuditOptions,
): Promise<PackageAudit> {
  const { subjects, ...rest } = lockedOf(servers, lockFiles, signal);
  const file = await FactsFile.read(folder);
  const audited: AuditedPackage[] = [];
  const queue = [...subjects];
  let isNew = false;
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { locked, host } = next;
      const kept = file.of(locked);
      const isYoung = kept !== undefined && now() - kept.askedAt < KEPT_MS && kept.askedAt <= now();
      if (ask === 'kept' || (ask === 'daily' && isYoung)) {
        audited.push(said(next, kept, undefined, now()));
        continue;
      }
      try {
        const facts = await factsOf(locked, host);
        isNew = true;
        audited.push(said(next, file.keep(locked, { askedAt: now(), facts }), undefined, now()));
      } catch (error) {
        signal.throwIfAborted();
        audited.push(said(next, kept, failureOf(error), now()));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (isNew) await file.write();
  return { packages: audited.sort(byWorst), ...rest };
}

function lockedOf(servers: readonly AuditedServer[], lockFiles: readonly string[], signal: AbortSignal) {
  const locks = readLocks(lockFiles);
  const subjects = new Map<string, Subject>();
  const notLocked: string[] = [];
  const asWritten: string[] = [];
  for (const server of servers) {
    const { name, launch } = server;
    const command = lockingCommand(server);
    const lock = command && lockOf(command, locks);
    if (launch === undefined || lock === undefined) continue;
    if (lock.is !== 'locked') {
      (lock.is === 'unlocked' ? notLocked : asWritten).push(name);
      continue;
    }
    const { wanted, locked } = lock;
    const { cwd, env } = launch;
    // Another environment may mean another registry.
    const isHeld = isHeldServer(server);
    const id = JSON.stringify([lockKey(wanted), cwd, isHeld, registrySettings(env)]);
    const known = subjects.get(id) ?? {
      locked,
      servers: [],
      host: { cwd, env, signal, inBackground: false, isHeld },
    };
    known.servers.push(name);
    subjects.set(id, known);
  }
  const brokenLocks = locks.flatMap(({ file, problems }) =>
    problems.map(({ why, key, said: word }) => ({
      file,
      why: [why, key, word].filter(Boolean).join(' '),
    })),
  );
  return { subjects: [...subjects.values()], notLocked, asWritten, brokenLocks };
}

function registrySettings(env: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(env).filter(([name]) => /^(npm_config_|uv_|https?_proxy$|no_proxy$)/i.test(name));
}

async function factsOf(locked: LockedPackage, host: PackageHost): Promise<RegistryFacts> {
  if (locked.registry === 'npm')
    return (await import('../../packages/audit/ask-npm.js')).askNpmRegistry(locked, host);
  return (await import('../../packages/audit/ask-pypi.js')).askPythonIndex(locked, host, getterFor(host));
}

/** Requests on the way that the server's environment names. */
function getterFor({ env, cwd, signal }: PackageHost): GetText {
  const environment = new Environment(env, cwd);
  return async (url, headers) => {
    try {
      const { proxy } = chooseProxy(url, environment);
      const {
        status,
        body,
        headers: got,
      } = await getText({
        ...{ url, headers, proxy, timeoutMs: REQUEST_MS, signal, clock: systemClock },
      });
      return { status, body, type: got['content-type'] ?? '' };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DialError)) throw error;
      throw new PackageError('unreachable', `${new URL(url).host}: ${error.facts.reason ?? error.message}`);
    }
  };
}

function said(
  { locked, servers }: Subject,
  kept: KeptFacts | undefined,
  failed: string | undefined,
  now: number,
): AuditedPackage {
  const { registry, name, version } = locked;
  // Not every registry tells the owners while a package is resolved.
  const owners = locked.owners ?? kept?.ownersAtFirst;
  const concerns = kept ? judge({ ...locked, owners }, kept.facts, now) : [];
  return {
    ...{ registry, name, version, servers, concerns },
    worst: kept ? (concerns[0]?.weight ?? 'good') : undefined,
    ...(kept ? { askedAt: kept.askedAt } : {}),
    ...(failed === undefined ? {} : { failed }),
  };
}

function failureOf(error: unknown): string {
  if (error instanceof PackageError)
    return error.why === 'no-program' ? `${error.said}: not found` : error.said;
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function byWorst(a: AuditedPackage, b: AuditedPackage): number {
  return ORDER.indexOf(a.worst) - ORDER.indexOf(b.worst) || (a.name < b.name ? -1 : 1);
}

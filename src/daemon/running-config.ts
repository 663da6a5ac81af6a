import { createHash } from 'node:crypto';
import type { PlanDiff } from '../config/diff-plan.js';
import { keptEnvironments } from '../config/kept-environment.js';
import { withKeptNames } from '../config/match-links.js';
import type { Plan } from '../config/plan.js';
import { readOrdinaryFile } from '../config/text-file.js';
import type { Finding } from '../protocol/errors.js';
import type { Clock } from '../time/clock.js';
import type { App } from './app.js';
import { type Away, nothingAway, withoutAway } from './handover/away.js';
import type { Prepared, PreparesHttp } from './http/http-plans.js';
import { watchFiles } from './watch-files.js';
import { withoutPaused } from './without-paused.js';

/** A plan as it was made from the configuration's files. */
export interface ReadPlan {
  plan: Plan;
  /** The configuration file; undefined when there is none. */
  file: string | undefined;
  /** The `.env` file, which need not exist. */
  envFile: string;
  /** Absolute paths of all files that the plan depends on; they need not exist. */
  files: readonly string[];
}

/** Called with the files that the configuration depends on, as far as they are known. */
export type DependsOn = (files: readonly string[]) => void;

/** Reads the configuration. Throws a ConfigError or UsageError when it cannot be used, after `dependsOn`. */
export type ReadConfig = (dependsOn: DependsOn) => Promise<ReadPlan>;

/** A change that was asked for while mcp-pipe stops: nothing is changed. */
export class StoppingError extends Error {}

/** What status says of the configuration. Times are milliseconds since 1970. */
export interface ConfigurationState {
  /** The configuration file; undefined when the command line says everything. */
  file: string | undefined;
  /** The `.env` file. */
  envFile: string;
  /** When the running plan was read. */
  readAt: number;
  /** Files that have other contents since then. */
  changedSince: string[];
  /** Whether a changed file is read by itself. */
  watching: boolean;
  /** The last edit that could not be taken over; undefined when the files were read since without an error. */
  refused: { at: number; error: Error } | undefined;
}

/** The outcome of a reload that was not refused. */
export interface Reloaded {
  readAt: number;
  /** Whether anything runs otherwise than before. */
  isChanged: boolean;
  diff: PlanDiff;
  warnings: readonly Finding[];
  /** Servers that go on without variables that they would inherit at a start, and the names of these variables. */
  behind: readonly string[];
  variables: readonly string[];
}

/** A server or link that a person has paused. */
export interface Paused {
  name: string;
  /** Milliseconds since 1970. */
  since: number;
}

export interface RunningConfigOptions {
  app: Pick<App, 'apply'> & { daemon: Pick<App['daemon'], 'restart'> };
  /** Whether a server runs and works. */
  isWell: (server: string) => boolean;
  /** Gets what each plan that was read says of it, before anything is changed. */
  http?: PreparesHttp;
  /** Reads the configuration again. */
  read: ReadConfig;
  /** What the app was started with. */
  first: ReadPlan;
  watching: boolean;
  /** Hears of each change. */
  hears?: ConfigListener;
  /** Parts that another process has; see `takeUp`. */
  away?: Away;
  /** What is paused from the beginning. */
  paused?: readonly Paused[];
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Who or what asked for a reload. */
export type WhyReload = 'SIGHUP' | 'file-changed' | 'asked';

/** Hears of each change of the running configuration, for the log. */
export interface ConfigListener {
  reloading(why: WhyReload): void;
  reloaded(done: Reloaded): void;
  refused(error: Error): void;
  paused(name: string): void;
  resumed(name: string): void;
}

/**
 * The configuration of a running app: reads it again (`reload`), and takes parts out of it for a while (`pause`). Whatever
 * cannot be used is refused, and the plan before runs on.
 */
// D158
export class RunningConfig {
  readonly #options: RunningConfigOptions;
  readonly #now: () => number;
  /** What runs. */
  #read: ReadPlan;
  /** As the files say it, with the variables that servers get at a start. */
  #written: Plan;
  #digests: ReadonlyMap<string, string>;
  /** The files of the last reading, refused or not, as they were then. */
  #tried: ReadonlyMap<string, string>;
  #readAt: number;
  #refused: ConfigurationState['refused'];
  readonly #paused = new Map<string, number>();
  readonly #away: Away;
  /** The last change, which the next one waits for. */
  #changing: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: RunningConfigOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#away = options.away ?? nothingAway();
    for (const { name, since } of options.paused ?? []) this.#paused.set(name, since);
    this.#read = options.first;
    this.#written = options.first.plan;
    this.#readAt = this.#now();
    this.#digests = digestsOf(options.first.files);
    this.#tried = this.#digests;
  }

  /** The whole plan, paused parts included. */
  get plan(): Plan {
    return this.#read.plan;
  }

  get paused(): readonly Paused[] {
    return [...this.#paused].map(([name, since]) => ({ name, since }));
  }

  get state(): ConfigurationState {
    const { file, envFile } = this.#read;
    return {
      ...{ file, envFile, readAt: this.#readAt, watching: this.#options.watching },
      changedSince: changedOf(this.#digests),
      refused: this.#refused,
    };
  }

  /** Reloads whenever a file of it changes, until the returned function is called. */
  watch(clock: Pick<Clock, 'after'>): () => void {
    return watchFiles({
      clock,
      files: () => [...this.#tried.keys()],
      onChange: async () => {
        if (changedOf(this.#tried).length === 0) return;
        // The listener has heard of a refused edit; the next change is another try.
        await this.reload('file-changed').catch(() => {});
      },
    });
  }

  /**
   * Reads the files again, and changes to what they say now. Waits for a change that is running.
   *
   * @throws ConfigError or UsageError when they cannot be used: nothing is changed, and `state.refused` says so.
   */
  reload(why: WhyReload): Promise<Reloaded> {
    const { hears } = this.#options;
    return this.#inTurn(async () => {
      hears?.reloading(why);
      const readAt = this.#now();
      let tried = digestsOf(this.#read.files);
      let next: ReadPlan;
      let written: Plan;
      let http: Prepared | undefined;
      try {
        // A file that changed while it was read counts as changed since.
        next = await this.#options.read((files) => {
          tried = new Map([...digestsOf(files), ...tried]);
        });
        written = withKeptNames(this.plan, next.plan);
        http = await this.#options.http?.prepare(this.#away.http ? {} : written);
      } catch (error) {
        this.#tried = tried;
        this.#refused = { at: readAt, error: error as Error };
        hears?.refused(error as Error);
        throw error;
      }
      this.#digests = new Map(
        [...digestsOf(next.files)].map(([file, now]) => [file, tried.get(file) ?? now]),
      );
      this.#tried = this.#digests;
      const { plan, behind, variables } = keptEnvironments(this.plan, written, this.#options.isWell);
      this.#read = { ...next, plan };
      this.#written = written;
      this.#readAt = readAt;
      this.#refused = undefined;
      http?.commit();
      const diff = await this.#apply(plan);
      const { warnings } = plan;
      const done = { readAt, diff, isChanged: changesAnything(diff), warnings, behind, variables };
      hears?.reloaded(done);
      return done;
    });
  }

  /**
   * Starts new processes of servers, with the variables that the files gave them last. Returns the names of those of which a
   * process is wanted now.
   */
  restart(names: readonly string[]): Promise<string[]> {
    return this.#inTurn(async () => {
      const { app } = this.#options;
      const ofFiles = new Map(this.#written.servers.map((server) => [server.name, server]));
      const servers = this.plan.servers.map((server) =>
        names.includes(server.name) ? (ofFiles.get(server.name) ?? server) : server,
      );
      this.#read = { ...this.#read, plan: { ...this.plan, servers } };
      const diff = await app.apply(this.#running(this.plan));
      const isRestarted = (name: string) =>
        diff.servers.some((server) => server.name === name && server.change === 'restarted');
      const restarted = await Promise.all(
        names.map(async (name) => isRestarted(name) || (await app.daemon.restart(name))),
      );
      return names.filter((_, i) => restarted[i]);
    });
  }

  /** Takes servers or links out of the running plan until `resume`. Returns those of the names that were not paused before. */
  pause(names: readonly string[]): Promise<string[]> {
    return this.#inTurn(async () => {
      const fresh = names.filter((name) => !this.#paused.has(name));
      const since = this.#now();
      for (const name of fresh) this.#paused.set(name, since);
      for (const name of fresh) this.#options.hears?.paused(name);
      if (fresh.length > 0) await this.#options.app.apply(this.#running(this.plan), 'paused');
      return fresh;
    });
  }

  /** Puts them back. Returns those of the names that were paused. */
  resume(names: readonly string[]): Promise<string[]> {
    return this.#inTurn(async () => {
      const known = names.filter((name) => this.#paused.delete(name));
      for (const name of known) this.#options.hears?.resumed(name);
      if (known.length > 0) await this.#options.app.apply(this.#running(this.plan));
      return known;
    });
  }

  /** Leaves links, and what is served over HTTP, to another process. Resolves when they have stopped. */
  letGo(links: readonly string[], isHttp: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const { app, http } = this.#options;
      for (const name of links) this.#away.links.add(name);
      if (isHttp) {
        const prepared = await http?.prepare({});
        this.#away.http = true;
        prepared?.commit();
      }
      await app.apply(this.#running(this.plan), 'handed-over');
    });
  }

  /** Starts parts that another process had. @throws ListenError when an address cannot be listened on; the links are started. */
  takeUp(links: readonly string[], isHttp: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const { app, http } = this.#options;
      for (const name of links) this.#away.links.delete(name);
      const isBack = isHttp && this.#away.http;
      if (isBack) this.#away.http = false;
      const applied = app.apply(this.#running(this.plan));
      try {
        if (isBack) (await http?.prepare(this.plan))?.commit();
      } finally {
        await applied;
      }
    });
  }

  #apply(plan: Plan): Promise<PlanDiff> {
    const known = new Set([...plan.servers, ...plan.links, ...(plan.profiles ?? [])].map(({ name }) => name));
    for (const name of this.#paused.keys()) if (!known.has(name)) this.#paused.delete(name);
    return this.#options.app.apply(this.#running(plan));
  }

  #running(plan: Plan): Plan {
    return withoutAway(withoutPaused(plan, new Set(this.#paused.keys())), this.#away);
  }

  /** Call it when the run stops: from now on, changes are refused. */
  close(): void {
    this.#isClosed = true;
  }

  /** @throws StoppingError */
  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const mustGoOn = () => {
      if (this.#isClosed) throw new StoppingError('mcp-pipe is stopping');
    };
    const done = this.#changing.then(async () => {
      mustGoOn();
      // It may have been stopped meanwhile.
      return act().finally(mustGoOn);
    });
    this.#changing = done.catch(() => {});
    return done;
  }
}

function changesAnything({ servers, links, ...others }: PlanDiff): boolean {
  return Object.keys(others).length > 0 || [...servers, ...links].some(({ change }) => change !== 'kept');
}

function digestsOf(files: readonly string[]): Map<string, string> {
  return new Map(files.map((file) => [file, digestOf(file)]));
}

/** The files that have other contents now. */
function changedOf(digests: ReadonlyMap<string, string>): string[] {
  return [...digests].flatMap(([file, was]) => (digestOf(file) === was ? [] : [file]));
}

/** A hash of the contents; an error word for a file that is missing or cannot be read. */
export function digestOf(file: string): string {
  try {
    return createHash('sha256').update(readOrdinaryFile(file)).digest('hex');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}

import type { Logger } from 'pino';
import { type ControlClient, openControl } from '../faces/control/client.js';
import { type RunningControl, startControl } from '../faces/control/server.js';
import { formatError } from '../messages/format-error.js';
import type { Lang } from '../messages/index.js';
import { type Messages, messagesFor } from '../messages/index.js';
import { McpPipeError } from '../protocol/errors.js';
import { type ActionContext, controlMethods } from './actions.js';
import type { App } from './app.js';
import { type ControlChoice, controlPathsOf, userId } from './control-place.js';

/** Another mcp-pipe with the same control socket. */
export interface OtherCopy {
  /** Its process id; undefined when its daemon does not report it. */
  pid: number | undefined;
  /** When it was started, in milliseconds since 1970; undefined when its daemon does not report it. */
  since: number | undefined;
}

export interface ControlSocketOptions {
  choice: ControlChoice;
  app: App;
  /** What its actions act on beside the app. */
  context: Pick<
    ActionContext,
    'config' | 'http' | 'stop' | 'log' | 'blackBox' | 'version' | 'feed' | 'handover'
  >;
  /** A person has asked for something by a command. `name`: the server, link or agent; empty: all. */
  onAct?: (act: { at: number; action: string; name: string }) => void;
  /** Whether this copy has a lease now. If so, it should have the socket. */
  isServing: () => boolean;
  logger: Pick<Logger, 'debug' | 'warn'>;
  lang: Lang;
}

/** How often a copy without the socket checks whether the socket is free. A check is one connection on this machine. */
const LOOK_MS = 2_000;
/** A running daemon answers at once. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * The control socket of this run. Among several copies of mcp-pipe, one with a lease takes the socket, so that `mcp-pipe
 * health` asks that one. A daemon also runs without the socket; the log then says why.
 */
export class ControlSocket {
  readonly #options: ControlSocketOptions;
  readonly #words: Messages['copies'];
  readonly #startedAt = Date.now();
  #control: RunningControl | undefined;
  #looking: Promise<OtherCopy | undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isUnavailable = false;
  #isAnnounced = false;

  constructor(options: ControlSocketOptions) {
    this.#options = options;
    this.#words = messagesFor(options.lang).copies;
  }

  /** Opens the socket. If a daemon has it, returns that daemon, and opens the socket as soon as it is given up. */
  async open(): Promise<OtherCopy | undefined> {
    const other = await this.#look();
    this.#lookLater();
    return other;
  }

  /** Call it when this copy gets a lease: it takes the socket from a copy without one. */
  async serves(): Promise<void> {
    // A check that has started does not know of the lease yet.
    await this.#looking;
    await this.#look();
  }

  /** Logs the path of the socket, now and whenever this copy takes it later. */
  announce(): void {
    this.#isAnnounced = true;
    const path = this.#control?.path;
    if (path !== undefined) this.#options.logger.debug({ path }, this.#words.found({ path }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#looking;
    await this.#leave();
  }

  #lookLater(): void {
    if (this.#isClosed || this.#isUnavailable) return;
    this.#timer = setTimeout(() => void this.#look().then(() => this.#lookLater()), LOOK_MS).unref();
  }

  #look(): Promise<OtherCopy | undefined> {
    if (this.#control || this.#isClosed || this.#isUnavailable) return Promise.resolve(undefined);
    this.#looking ??= this.#take().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #take(): Promise<OtherCopy | undefined> {
    const { choice, app, context, logger, onAct } = this.#options;
    const { controlPaths, other } = await this.#others(choice);
    if (other) return other;
    try {
      const { paths, asked } = controlPaths;
      const control = await startControl({
        ...{ paths, ownFolders: !asked, uid: userId(), platform: process.platform },
        methods: controlMethods(
          { daemon: app.daemon, health: app.watch.reports, ...context },
          ({ params }) => this.#answer(params.serves === true),
          (action, { name }) =>
            onAct?.({ at: Date.now(), action, name: typeof name === 'string' ? name : '' }),
        ),
      });
      this.#control = control;
      app.watch.snapshot.control = { path: control.path, pid: process.pid, since: this.#startedAt };
      if (this.#isAnnounced) this.announce();
      return undefined;
    } catch (error) {
      if (!(error instanceof McpPipeError)) throw error;
      // Another daemon took the socket first.
      if (error.code === 'CONTROL_TAKEN') return { pid: undefined, since: undefined };
      this.#isUnavailable = true;
      const said = formatError(error, this.#options.lang);
      const what = this.#words.unavailable({ message: said.what });
      logger.warn({ code: error.code }, [what, said.next].filter(Boolean).join(' '));
      return undefined;
    }
  }

  /**
   * The daemon that listens at one of the paths that `mcp-pipe health` tries; undefined when there is none, or it gives up
   * the socket.
   */
  async #others(choice: ControlChoice) {
    const controlPaths = controlPathsOf(choice);
    let client: ControlClient;
    try {
      client = await openControl(controlPaths.paths, { uid: userId(), timeoutMs: ANSWER_WITHIN_MS });
    } catch {
      return { controlPaths, other: undefined };
    }
    const timer = setTimeout(() => client.close(), ANSWER_WITHIN_MS);
    try {
      const { result } = await client.ask('holder', { serves: this.#options.isServing() });
      const { pid, since, leaves } = (result ?? {}) as Partial<OtherCopy & { leaves: boolean }>;
      return { controlPaths, other: leaves ? undefined : { pid, since } };
    } catch {
      // The other daemon does not answer, because it is stopped or busy, but it still runs.
      return { controlPaths, other: { pid: undefined, since: undefined } };
    } finally {
      clearTimeout(timer);
      client.close();
    }
  }

  #answer(otherServes: boolean): OtherCopy & { leaves: boolean } {
    const leaves = otherServes && !this.#options.isServing();
    // Only after the answer is sent.
    if (leaves) setImmediate(() => void this.#leave());
    return { pid: process.pid, since: this.#startedAt, leaves };
  }

  async #leave(): Promise<void> {
    const control = this.#control;
    this.#control = undefined;
    this.#options.app.watch.snapshot.control = undefined;
    await control?.close();
  }
}

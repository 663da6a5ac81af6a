import { isInContainer } from '../config/in-container.js';
import type { Plan } from '../config/plan.js';
import type { App } from '../daemon/app.js';
import type { ControlChoice } from '../daemon/control-place.js';
import { Giving, type Successor } from '../daemon/handover/giving.js';
import {
  askToTakeOver,
  type Taking,
  type TakingListener,
  type TakingParts,
} from '../daemon/handover/taking.js';
import type { RunningConfig, RunningConfigOptions } from '../daemon/running-config.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { Observer } from '../observe/observer.js';
import type { HandoverGroup } from '../protocol/handover.js';
import type { RunningLog } from './logging.js';
import { version } from './version.js';

interface Said {
  logger: RunningLog['logger'];
  lang: Lang;
}

/** Both sides of a run: it may take the place of another mcp-pipe when it begins, and give its own to the next one. */
// D304
export class RunHandover {
  /** The plan without what the other mcp-pipe still has. */
  readonly firstPlan: Plan;
  /** Why nothing was taken over. */
  failure: unknown;
  readonly #taking: Taking | undefined;
  readonly #said: Said;
  readonly #parent = process.ppid;
  readonly #ending = new AbortController();
  #giving: Giving | undefined;
  #settle: (why: 'handed-over' | 'not-taken') => void = () => {};
  /** Resolves when this mcp-pipe has to end: the next one has everything, or it could not take everything itself. */
  readonly over = new Promise<'handed-over' | 'not-taken'>((resolve) => {
    this.#settle = resolve;
  });

  private constructor(taking: Taking | undefined, plan: Plan, said: Said) {
    this.#taking = taking;
    this.#said = said;
    this.firstPlan = taking?.firstPlan ?? plan;
  }

  /** Asks the running mcp-pipe to hand over, if the user wants that, and logs the answer. @throws TakeOverError */
  static async begin(
    { takeOver, isPartial }: { takeOver: boolean; isPartial: boolean },
    plan: Plan,
    choice: ControlChoice,
    said: Said,
  ): Promise<RunHandover> {
    const taking = takeOver ? await beginTaking(plan, choice, isPartial, said) : undefined;
    return new RunHandover(taking, plan, said);
  }

  get isTaking(): boolean {
    return this.#taking !== undefined;
  }

  get observers(): Observer[] {
    return this.#taking ? [{ name: 'takeover', onStatus: this.#taking.onStatus }] : [];
  }

  /** What the running configuration begins without. */
  get ofConfig(): Pick<RunningConfigOptions, 'away' | 'paused'> {
    return this.#taking ? { away: this.#taking.away, paused: this.#taking.offer.paused } : {};
  }

  /** Can hand over from now on. */
  giveFrom(app: App, running: RunningConfig): Giving {
    const onDone = () => this.#settle('handed-over');
    this.#giving = givingOf({ app, running, parent: this.#parent, onDone, ...this.#said });
    return this.#giving;
  }

  /** Takes over, if the user wants that; `onTaken` is called when all is done. */
  take({ daemon }: App, running: RunningConfig, redis: TakingParts['redis'], onTaken: () => void): void {
    const taking = this.#taking;
    if (!taking) return;
    const hears = takingLog(taking, this.#said);
    taking
      .run({ running, daemon, redis, hears, signal: this.#ending.signal })
      .then(onTaken, (error: unknown) => {
        this.failure = error;
        this.#settle('not-taken');
      });
  }

  /** mcp-pipe stops. */
  stop(): void {
    this.#ending.abort();
    this.#giving?.stop();
  }

  /** Everything has stopped: the mcp-pipe before can have its links again. */
  close(): void {
    this.#taking?.close();
  }
}

async function beginTaking(
  plan: Plan,
  choice: ControlChoice,
  isPartial: boolean,
  { logger, lang }: Said,
): Promise<Taking | undefined> {
  const words = messagesFor(lang).handover;
  const taking = await askToTakeOver({ choice, plan, version: version(), isPartial });
  if (!taking) {
    logger.info({ event: 'takeover-nothing' }, words.nothingRuns);
    return undefined;
  }
  const { pid, version: theirs, groups } = taking.offer;
  const links = given(groups);
  logger.info(
    { event: 'takeover-began', pid, version: theirs, links },
    words.takes({ pid, version: theirs, links: links.length }),
  );
  return taking;
}

/** Logs what a takeover does. */
function takingLog({ offer: { pid }, away }: Taking, { logger, lang }: Said): TakingListener {
  const words = messagesFor(lang).handover;
  // Not so if only the other one serves something over HTTP.
  const takesHttp = away.http;
  return {
    took: ({ takes: links, http }) => {
      if (links.length > 0) logger.info({ event: 'takeover-step', pid, links }, words.took({ links }));
      if (http && takesHttp) logger.info({ event: 'takeover-step', pid, http }, words.tookHttp);
    },
    leftAlone: () => logger.warn({ event: 'takeover-alone', pid }, words.leftAlone({ pid })),
    done: (ms) => {
      const afterMs = Math.round(ms);
      logger.info({ event: 'takeover-done', pid, afterMs }, words.done({ pid, afterMs }));
    },
  };
}

interface GivingParts extends Said {
  app: App;
  running: RunningConfig;
  /** Id of the parent at the start; later it is 1 where the parent has ended. */
  parent: number;
  onDone: () => void;
}

/** The side that hands over, with its log. */
function givingOf({ app, running, parent, onDone, logger, lang }: GivingParts): Giving {
  const words = messagesFor(lang).handover;
  const about = ({ pid, version: theirs }: Successor) => ({ pid, version: theirs });
  return new Giving({
    running,
    version: version(),
    stateOf: (name) => app.daemon.links.find((link) => link.name === name)?.state,
    isOfContainer: isInContainer(process.env) && (process.pid === 1 || parent === 1),
    onDone: (to) => {
      logger.info({ event: 'handover-done', ...about(to) }, words.gaveAll(to));
      onDone();
    },
    hears: {
      begun: (to, groups) => {
        const links = given(groups);
        logger.info(
          { event: 'handover-began', ...about(to), links },
          words.asked({ ...to, links: links.length }),
        );
      },
      gave: ({ pid }, { gives: links, http }) => {
        if (links.length > 0) logger.info({ event: 'handover-step', pid, links }, words.gave({ pid, links }));
        if (http) logger.info({ event: 'handover-step', pid, http }, words.gaveHttp({ pid }));
      },
      tookBack: ({ pid }, groups) => {
        const links = given(groups);
        logger.warn({ event: 'handover-took-back', pid, links }, words.tookBack({ pid, links }));
      },
    },
  });
}

function given(groups: readonly HandoverGroup[]): string[] {
  return groups.flatMap(({ gives }) => gives);
}

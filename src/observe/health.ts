import type { Lang } from '../messages/index.js';
import { formatExit } from '../messages/server-down-words.js';
import { formatEvent } from '../messages/status-words.js';
import { type FormerValue, formerValue } from '../protocol/former-words.js';
import type { ServerState, Status } from '../protocol/status.js';
import type { ServerSnapshot } from './link-snapshot.js';
import { type Calls, hasFailed, type LinkSnapshot } from './link-snapshot.js';
import { type Asked, Reasons } from './reasons.js';
import type { LastExit } from './server-history.js';
import { sharedServersOf } from './shared-servers.js';
import type { ControlHolder, Snapshot } from './snapshot.js';
import type { StandingWarning } from './standing-warnings.js';

/** A warning that still applies, in words. */
export interface WarningHealth extends Omit<StandingWarning, 'event'> {
  /** One or two sentences in the language of the report, free of secrets. */
  text: string;
}

/** How a server last ended, with a text for people. */
export type ExitHealth = Omit<LastExit, 'serverKind' | 'remote' | 'why' | 'end'> & {
  /** Under its former word (`former-words.ts`): programs compare with it. */
  why: FormerValue<LastExit['why']>;
  /** The end and its reason, in the language of the report. */
  text: string;
};

/** One server among several, with the reason why it is down. Times are milliseconds since 1970. */
export interface ServerHealth extends Omit<ServerSnapshot, 'state' | 'warnings' | 'lastExit'> {
  /** Under its former word (`former-words.ts`): programs compare with it. */
  state: FormerValue<ServerSnapshot['state']>;
  /** How it last ended or why it could not be started; undefined when neither ever happened. */
  lastExit: ExitHealth | undefined;
  /** Its warnings that still apply. */
  warnings: WarningHealth[];
  /** Why it is down, as a text; undefined while it is not down. */
  why: string | undefined;
}

/** A server that several links use. */
export interface SharedServerHealth extends ServerHealth {
  /** Names of these links, in the order of the plan. */
  links: string[];
}

/** One link, with the reasons why it is down. Times are milliseconds since 1970. */
export interface LinkHealth
  extends Omit<LinkSnapshot, 'state' | 'server' | 'members' | 'warnings' | 'lastExit'> {
  /** Both under their former words (`former-words.ts`): programs compare with them. */
  state: FormerValue<LinkSnapshot['state']>;
  server: FormerValue<LinkSnapshot['server']>;
  /** How its server last ended, the latest of several servers; undefined when none ended. */
  lastExit: ExitHealth | undefined;
  /** The servers of a link that may have several, in order, and the one server that other links use or whose name is not the link's. */
  members: ServerHealth[] | undefined;
  /** Its warnings that still apply. */
  warnings: WarningHealth[];
  /** True when the link does not work: every server, or the endpoint, failed several times in a row. */
  failed: boolean;
  /** Why the server is down, and when it is started again; undefined when the link has several servers. */
  serverWhy: string | undefined;
  /** Why there is no connection, and when it is dialled again. */
  connectionWhy: string | undefined;
}

/** What `mcp-pipe health --json` prints (docs/health.md, D103). Times are milliseconds since 1970. Without secrets (D11). */
export interface HealthReport {
  /** False when every link has failed; a link that is still starting has not failed. */
  healthy: boolean;
  /** Id of the process that reports. */
  pid: number;
  /** When that process was started. */
  startedAt: number;
  /** When the report was made. */
  at: number;
  /** The control socket over which the report was asked, and the process that owns it. */
  control: ControlHolder | undefined;
  /** Every link, in the order of the plan. */
  links: LinkHealth[];
  /** The servers that several links use, each once; undefined when there are none. */
  servers: SharedServerHealth[] | undefined;
}

/** Most servers of clients whose reasons are kept. */
const MAX_OF_CLIENTS = 256;

/** What `whyOf` needs of a server. */
export interface FailingServer {
  name: string;
  state: ServerState;
  /** Its breaker refuses calls. */
  isHeldOff: boolean;
  /** It answers neither calls nor a ping. */
  isSilent: boolean;
  /** In a row. */
  failures: number;
  /** The last of them was that it had come to its limits. */
  isOverLimit: boolean;
  /** Until its next start, in milliseconds. */
  nextStartMs: number | undefined;
}

/** Reports how every link and server is, with reasons, from the snapshot. */
export class Health {
  /** Its name among the observers. */
  readonly name = 'health';
  readonly #snapshot: Snapshot;
  /** Why links and servers do not work. */
  readonly reasons: Reasons;
  /** Why servers do not work that clients of mcp-pipe have beside the links. */
  readonly ofClients: Reasons;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly #lang: Lang;

  constructor(snapshot: Snapshot, startedAt: number, redact: (text: string) => string, lang: Lang) {
    this.#snapshot = snapshot;
    this.startedAt = startedAt;
    this.reasons = new Reasons(redact);
    this.ofClients = new Reasons(redact, MAX_OF_CLIENTS);
    this.#lang = lang;
  }

  /** Reads a Status; call it for every event. */
  readonly onStatus = (status: Status): void => {
    this.reasons.onStatus(status, (one) => this.#snapshot.serverOf(one));
  };

  /** Reads a Status of a client or a server of clients; call it for every such event. */
  readonly onClientStatus = (status: Status): void => {
    this.ofClients.onStatus(status, ({ server, link }) => server ?? link);
  };

  /** Why a server that clients have beside the links does not work; undefined when it does, or the reason is not known. */
  whyOf(
    { name, state, isHeldOff, isSilent, failures, nextStartMs }: FailingServer,
    at: number,
    lang = this.#lang,
  ) {
    const ofReady = isHeldOff ? 'failing' : isSilent ? 'silent' : 'ready';
    const condition =
      state === 'ready'
        ? ofReady
        : state === 'refused'
          ? 'refusing'
          : state === 'idle-stopped'
            ? state
            : 'down';
    const nextStartAt = nextStartMs === undefined ? undefined : at + nextStartMs;
    return this.ofClients.textOfServer({ name, state: condition, failures, nextStartAt }, { at, lang });
  }

  /** `lang`: the language of its texts. */
  report(pid: number, at: number, lang = this.#lang): HealthReport {
    const { links } = this.#snapshot;
    const shared = sharedServersOf(links).map((one) => ({
      ...this.#ofServer(one.server, { at, lang }),
      links: one.links.map(({ name }) => name),
    }));
    return {
      healthy: !this.#snapshot.allFailed(),
      pid,
      startedAt: this.startedAt,
      at,
      control: this.#snapshot.control,
      links: links.map((link) => this.#of(link, { at, lang })),
      servers: shared.length > 0 ? shared : undefined,
    };
  }

  #of(link: LinkSnapshot, asked: Asked): LinkHealth {
    const { lang } = asked;
    const members = link.members?.map((member) => this.#ofServer(member, asked));
    const { name, server: state, failures, nextStartAt } = link;
    return {
      ...link,
      state: formerValue(link.state),
      server: formerValue(link.server),
      calls: this.#calls(link.calls),
      lastExit: this.#exit(link.lastExit, lang),
      warnings: this.#warnings(link.warnings, lang),
      client: this.#clean(link.client),
      serverName: this.#clean(link.serverName),
      members,
      failed: hasFailed(link),
      serverWhy:
        members === undefined
          ? this.reasons.textOfServer({ name, state, failures: failures.server, nextStartAt }, asked)
          : members.length === 1
            ? members[0]!.why
            : undefined,
      connectionWhy: this.reasons.textOfLink(link, asked),
    };
  }

  #ofServer(server: ServerSnapshot, asked: Asked): ServerHealth {
    return {
      ...server,
      state: formerValue(server.state),
      calls: this.#calls(server.calls),
      lastExit: this.#exit(server.lastExit, asked.lang),
      warnings: this.#warnings(server.warnings, asked.lang),
      serverName: this.#clean(server.serverName),
      why: this.reasons.textOfServer(server, asked),
    };
  }

  #calls({ oldest, ...calls }: Calls): Calls {
    return { ...calls, oldest: oldest && { ...oldest, name: this.#clean(oldest.name) } };
  }

  #exit(exit: LastExit | undefined, lang: Lang): ExitHealth | undefined {
    if (!exit) return undefined;
    const text = this.#clean(formatExit(exit, lang));
    const { serverKind: _kind, remote: _remote, end: _end, ...told } = exit;
    return { ...told, why: formerValue(exit.why), error: this.#clean(exit.error), text };
  }

  #warnings(standing: readonly StandingWarning[], lang: Lang): WarningHealth[] {
    return standing.map(({ code, about, since, event }) => ({
      ...{ code, about: this.#clean(about), since },
      text: this.#clean(formatEvent(event, { lang })),
    }));
  }

  #clean<Text extends string | undefined>(text: Text): Text {
    return this.reasons.clean(text);
  }
}

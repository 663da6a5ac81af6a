import type { Advised } from '../messages/advice.js';
import { escapeControls } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { partsOfServerDown } from '../messages/server-down-words.js';
import { formatEvent } from '../messages/status-words.js';
import { type FailureParts, formatCause, lastLines, partsOfDown } from '../messages/words.js';
import { isHandOver } from '../protocol/link-kind.js';
import { isStoppedOnPurpose } from '../protocol/server-condition.js';
import { faultOf } from '../protocol/server-end.js';
import type { Status } from '../protocol/status.js';
import type { LinkSnapshot, ServerSnapshot } from './link-snapshot.js';
import { withoutSecrets } from './status-secrets.js';

type Event<Type extends Status['type']> = Extract<Status, { type: Type }>;

/** After this many failures in a row a person should look. */
const FAILED_AFTER = 3;

/** When a reason is asked for, and in which language. */
export interface Asked {
  at: number;
  lang: Lang;
}

/** Why a server or link does not work, part by part: the sentences and codes of the log, without secrets. */
export interface Reason {
  /** What happened, one or two whole sentences. */
  why: string;
  /** What to do; undefined: nothing is known. */
  do?: string | undefined;
  /** A command that does it. */
  command?: string | undefined;
  /** The stable code: `exit 1`, `token-rejected`, `-32602`. */
  cause?: string | undefined;
  /** What the server wrote last. */
  lastWords?: readonly string[] | undefined;
}

/** What a reason of a server depends on. */
type Server = Pick<ServerSnapshot, 'name' | 'state' | 'failures' | 'nextStartAt'>;
type Link = Pick<LinkSnapshot, 'name' | 'state' | 'parked' | 'failures' | 'nextDialAt' | 'contested'>;

/** Keeps the last reason of each link and server, and words it when it is asked for. */
export class Reasons {
  /** The last `down` of each link. */
  readonly #down = new Map<string, Event<'down'>>();
  readonly #contention = new Map<string, Event<'token-contention'>>();
  /** The last `server-down` of each server, by its name in the configuration. */
  readonly #serverDown = new Map<string, Event<'server-down'>>();
  /** The last refusal of `initialize` of each server. */
  readonly #refused = new Map<string, Event<'server-refused'>>();
  /** The last report that a server answers nothing. */
  readonly #silent = new Map<string, Event<'server-silent'>>();
  /** The last time that the calls of a server began to be refused. */
  readonly #heldOff = new Map<string, Event<'server-breaker'>>();
  /** When the failures in a row began, of servers and links. */
  readonly #failingSince = { server: new Map<string, number>(), link: new Map<string, number>() };
  readonly #stateSince = new Map<string, number>();
  readonly #turnUntil = new Map<string, number>();
  readonly #redact: (text: string) => string;
  readonly #most: number;

  /** @param most Servers that are remembered; more push out those heard of longest ago. Default: any number. */
  constructor(redact: (text: string) => string, most = Number.POSITIVE_INFINITY) {
    this.#redact = redact;
    this.#most = most;
  }

  /** @param serverOf the server that the event is about, by its name in the configuration */
  onStatus(status: Status, serverOf: (status: Status) => string): void {
    // Its words cut texts, and half a secret is not found any more.
    const clean = <Kept extends Status>(kept: Kept) => withoutSecrets(kept, this.#redact) as Kept;
    if (status.type === 'down') {
      this.#began('link', status.link, status.attempt, status.at);
      this.#down.set(status.link, clean(status));
    }
    if (status.type === 'link-state') this.#stateSince.set(status.link, status.at);
    if (isHandOver(status)) this.#turnUntil.set(status.link, status.at + status.dwellMs);
    if (status.type === 'token-contention') this.#contention.set(status.link, clean(status));
    if (status.type === 'server-silent') this.#keep(this.#silent, serverOf(status), clean(status));
    if (status.type === 'server-breaker' && status.to === 'open')
      this.#keep(this.#heldOff, serverOf(status), status);
    if (status.type === 'server-refused') this.#keep(this.#refused, serverOf(status), clean(status));
    if (status.type === 'server-down') {
      this.#began('server', serverOf(status), status.failures, status.at);
      this.#keep(this.#serverDown, serverOf(status), clean(status));
    }
  }

  /** When the last failures in a row began; undefined when it never failed. Milliseconds since 1970. */
  failingSince(of: 'server' | 'link', name: string): number | undefined {
    return this.#failingSince[of].get(name);
  }

  /** When a link came into its state, whatever its server did since. Milliseconds since 1970. */
  stateSince(link: string): number | undefined {
    return this.#stateSince.get(link);
  }

  /** When the present turn of a rotating link should end. Milliseconds since 1970. */
  turnUntil(link: string): number | undefined {
    return this.#turnUntil.get(link);
  }

  #began(of: 'server' | 'link', name: string, failures: number, at: number): void {
    const all = this.#failingSince[of];
    if (failures < 2 || !all.has(name)) this.#keep(all, name, at);
  }

  #keep<Kept>(all: Map<string, Kept>, name: string, kept: Kept): void {
    all.delete(name);
    all.set(name, kept);
    if (all.size > this.#most) all.delete(all.keys().next().value!);
  }

  /** Drops what is known of a server that is gone for good. */
  forgetServer(name: string): void {
    const { server } = this.#failingSince;
    for (const of of [this.#serverDown, this.#refused, this.#silent, server]) of.delete(name);
  }

  /** Why the server is down, as one text; undefined while it is not down. */
  textOfServer(server: Server, asked: Asked): string | undefined {
    const event = this.#eventOfServer(server, asked);
    return event && this.clean(formatEvent(event, asked));
  }

  /** Why there is no connection, as one text; undefined while there is one, or none was lost. */
  textOfLink(link: Link, asked: Asked): string | undefined {
    if (link.parked) return this.clean(formatEvent({ type: 'lease-waiting', ...link.parked }, asked));
    const down = this.#downOf(link, asked);
    return down && this.clean(formatEvent(down, asked));
  }

  reasonOfServer(server: Server, asked: Asked): Reason | undefined {
    const { lang } = asked;
    const event = this.#eventOfServer(server, asked);
    if (event?.type === 'server-down') {
      // Who looks at the page has not read the log: it says what to do as long as a person is needed.
      const advise = event.failures >= FAILED_AFTER || event.why === 'unanswered';
      return { ...this.#inParts(partsOfServerDown(event, lang, advise)), cause: codeOf(event) };
    }
    if (event?.type === 'server-refused') {
      const why = this.clean(formatEvent(event, { lang, isDue: () => false }));
      const cause = event.code === undefined ? undefined : String(event.code);
      return { why, do: messagesFor(lang).server.refusedNext, cause };
    }
    return event && { why: this.clean(formatEvent(event, asked)) };
  }

  reasonOfLink(link: Link, asked: Asked): Reason | undefined {
    const { lang } = asked;
    if (link.parked) return { why: this.textOfLink(link, asked)! };
    const contention = link.contested ? this.#contention.get(link.name) : undefined;
    const down = this.#downOf(link, asked);
    if (contention) {
      const { what, next } = messagesFor(lang).events.tokenContention(contention);
      return { why: this.clean(what), do: this.clean(next), cause: down?.diagnosis.cause ?? 'replaced' };
    }
    if (!down) return undefined;
    return { ...this.#inParts(partsOfDown(down.diagnosis, down, lang)), cause: down.diagnosis.cause };
  }

  /** Why the connection last ended or could not be made, in words, also when it works again. */
  lastCauseOf(link: string, lang: Lang): string | undefined {
    const down = this.#down.get(link);
    if (!down) return undefined;
    const { what, next } = formatCause(down.diagnosis, lang);
    return this.clean(`${what}. ${next}`);
  }

  /** Without secrets and control characters. */
  clean<Text extends string | undefined>(text: Text): Text {
    return (text === undefined ? text : escapeControls(this.#redact(text))) as Text;
  }

  #inParts({ what, next, inARow, stderrTail }: FailureParts): Reason {
    const said = next.map(apart);
    const lines = lastLines(stderrTail);
    return {
      why: this.clean([...what, ...(inARow === undefined ? [] : [inARow])].join(' ')),
      do: said.length > 0 ? this.clean(said.map((one) => one.do).join(' ')) : undefined,
      command: this.clean(said.find(({ command }) => command !== undefined)?.command),
      lastWords: lines.length > 0 ? lines.map((line) => this.clean(line)) : undefined,
    };
  }

  #eventOfServer(
    { name, state, failures, nextStartAt }: Server,
    { at }: Asked,
  ): Event<'server-refused' | 'server-silent' | 'server-breaker' | 'server-down'> | undefined {
    const refused = this.#refused.get(name);
    if (state === 'refusing' && refused) return refused;
    if (state === 'failing') return this.#heldOff.get(name);
    const silent = this.#silent.get(name);
    if (state === 'silent') return silent && asOf(silent, at);
    const down = this.#serverDown.get(name);
    if (!down || state === 'ready' || failures === 0) return undefined;
    // A server that waits for its turn starts at that turn, at no known time. A server that runs again has no next start.
    const isLater = isStoppedOnPurpose(state) || (state === 'crashing' && nextStartAt === undefined);
    const nextStartMs = isLater ? Number.POSITIVE_INFINITY : Math.max(0, (nextStartAt ?? at) - at);
    return { ...down, nextStartMs, failures: Math.max(down.failures, failures) };
  }

  #downOf({ name, state, failures, nextDialAt }: Link, { at }: Asked): Event<'down'> | undefined {
    const down = this.#down.get(name);
    if (!down || state === 'open' || failures.dial === 0) return undefined;
    return { ...down, nextDialMs: Math.max(0, (nextDialAt ?? at) - at) };
  }
}

/** How long the server has been silent by now. */
function asOf(silent: Event<'server-silent'>, at: number): Event<'server-silent'> {
  const moreMs = Math.max(0, at - silent.at);
  return { ...silent, pingMs: silent.pingMs + moreMs, waitedMs: silent.waitedMs + moreMs };
}

/** `exit 1`, `SIGKILL`, `ENOENT`; else the cause. */
function codeOf({ why, end }: Event<'server-down'>): string {
  const { exitCode, signal, error } = faultOf(end);
  if (why === 'exited') return signal ?? (exitCode === undefined ? why : `exit ${exitCode}`);
  return why === 'not-started' ? (error ?? why) : why;
}

function apart(advised: Advised): { do: string; command?: string } {
  return typeof advised === 'string' ? { do: advised } : advised;
}

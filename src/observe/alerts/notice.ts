import { excerpt } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import type { AlertNews, Parcel } from './outbox.js';

/** A message for people, before a channel formats it. Its texts are printable and hold no secret. */
export interface Notice {
  /** Which mcp-pipe it is. */
  from: string;
  blocks: readonly Block[];
  /** What stands below; undefined: nothing. */
  foot: string | undefined;
}

/** One thing that happened. */
export interface Block {
  mark: '🔴' | '🟢' | '🔔';
  title: string;
  /** Since when, why, what to do: one sentence or more each. */
  lines: readonly string[];
}

export interface NoticeOptions {
  lang: Lang;
  /** Name of the machine or configuration. */
  name: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** Names that a message lists. */
const MOST_NAMES = 8;
/** Characters of a name. */
const NAME_LENGTH = 60;
/** Characters of the reason: enough for a diagnosis with its advice, and for the last lines of a log cut short. */
const WHY_LENGTH = 700;

/** Says what happened; what has the same kind and cause is said together. Pure. */
export function noticeOf({ news, more }: Parcel, { lang, name, now }: NoticeOptions): Notice {
  const { notices: words } = messagesFor(lang);
  const groups = new Map<string, AlertNews[]>();
  for (const one of news) {
    const { state, kind, cause, subject } = one;
    const key = state === 'raised' ? [state, kind, cause].join(' ') : [state, subject.of].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const isRaised = ([one]: readonly AlertNews[]) => one!.state === 'raised';
  const inOrder = [...groups.values()].sort((a, b) => Number(isRaised(b)) - Number(isRaised(a)));
  return {
    from: words.from({ name: excerpt(name, NAME_LENGTH) }),
    blocks: inOrder.map((group) => blockOf(group, lang, now)),
    foot: more > 0 ? words.moreAlerts({ count: more }) : undefined,
  };
}

/** The message of `mcp-pipe alerts test`. */
export function testNotice({ lang, name }: NoticeOptions): Notice {
  const { notices: words } = messagesFor(lang);
  return {
    from: words.from({ name: excerpt(name, NAME_LENGTH) }),
    blocks: [{ mark: '🔔', title: words.test, lines: [words.testText] }],
    foot: undefined,
  };
}

function blockOf(group: readonly AlertNews[], lang: Lang, now: number): Block {
  const { notices: words } = messagesFor(lang);
  const [first] = group as [AlertNews];
  const isAlone = group.length === 1;
  const of = namesOf(
    group.map(({ subject }) => subject.name),
    lang,
  );
  const since = Math.min(...group.map((one) => one.since));
  const forMs = Math.max(...group.map((one) => one.forMs));
  const why = first.why === undefined ? [] : [excerpt(first.why, WHY_LENGTH)];
  const unsteady = isAlone && first.returns > 0 ? [words.unsteady({ times: first.returns })] : [];
  if (first.state === 'recovered') {
    const lines = [words.lasted({ at: since, now, forMs: inSeconds(forMs) }), ...unsteady, ...why];
    return { mark: '🟢', title: words.recovered[first.subject.of](of), lines };
  }
  const users = isAlone && first.subject.of === 'server' && isOtherName(first);
  return {
    mark: '🔴',
    title: words.raised[first.kind](of),
    lines: [
      [words.since({ at: since, now, forMs: inSeconds(now - since) }), ...unsteady].join(' '),
      ...(users ? [words.usedBy(namesOf(first.links, lang))] : []),
      ...(isAlone || why.length === 0 ? why : [`${words.asOne} ${why[0]}`]),
      ...(why.length === 0 ? [words.notUpYet] : []),
    ],
  };
}

/** Whole seconds, in milliseconds. */
function inSeconds(ms: number): number {
  return Math.round(ms / 1_000) * 1_000;
}

/** A server that has the name of its only link needs no word about that link. */
function isOtherName({ links, subject }: AlertNews): boolean {
  return links.length > 1 || (links.length === 1 && links[0] !== subject.name);
}

function namesOf(all: readonly string[], lang: Lang): { names: string; count: number } {
  const { notices: words } = messagesFor(lang);
  const shown = all.slice(0, MOST_NAMES).map((name) => excerpt(name, NAME_LENGTH));
  const names = shown.join(', ');
  const rest = all.length - shown.length;
  return { names: rest > 0 ? words.andMore({ names, count: rest }) : names, count: all.length };
}

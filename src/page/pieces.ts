/** Parts that several views have. */
import type { FeedAction, FeedClass, FeedItem, FeedLink, FeedServer } from '../protocol/feed.js';
import { act, actionKey } from './ask.js';
import { copyText } from './copy.js';
import { E, type Kid, type Props, type View } from './dom.js';
import { clock, countdown, glue, list, span, when } from './format.js';
import { isServer } from './order.js';
import { hrefOf } from './router.js';
import { isBlind, now, page } from './state.js';
import { w } from './words.js';

/** `unknown`: the page itself is blind. */
export type Shape = FeedClass | 'unknown';

/** The shape of a class. Without a label it is hidden from screen readers, for its word stands beside it. */
export function glyph(shape: Shape, label?: string): View {
  const aria = label === undefined ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': label };
  return E(
    'svg',
    { class: `glyph ${shape}`, viewBox: '0 0 16 16', ...aria },
    E('use', { href: `#g-${shape}` }),
  );
}

export function icon(name: 'do' | 'back' | 'theme', size = 16): View {
  return E(
    'svg.icon',
    { width: size, height: size, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    E('use', { href: `#i-${name}` }),
  );
}

export function hrefTo(item: FeedServer | FeedLink): string {
  return hrefOf({ view: isServer(item) ? 'server' : 'link', name: item.name });
}

/** `Crash loop for 31 min, since 13:37`. */
export function stateLine(item: FeedItem): Kid[] {
  const since = item.since;
  return [
    E('span.word', {}, item.word),
    since !== undefined && ' ',
    since !== undefined && E('span', { tick: () => sinceText(since) }),
  ];
}

/** Time stands still while the page is blind. */
export function shownNow(): number {
  const heardAt = page.feed.heardAt;
  return isBlind() && heardAt !== undefined ? heardAt + page.feed.skewMs : now();
}

export function sinceText(since: number): string {
  const at = shownNow();
  return w.since({ span: span(at - since), when: when(since, at) });
}

/** `Next try in 0:47`, by the daemon's clock; a screen reader gets the clock time once. */
export function nextLine(item: FeedItem): Kid {
  const { nextAt, next } = item;
  if (nextAt === undefined || next === undefined) return null;
  const time = clock(nextAt, true);
  if (isBlind()) return E('span.next', { key: 'due' }, w.wasDueAt({ time }));
  return E(
    'span.next',
    { key: 'next' },
    // When the time has come the feed has not said so yet.
    E('span', { tick: () => (now() < nextAt ? w.next[next] : w.nextNow[next]) }),
    E('b', { 'aria-hidden': 'true', tick: () => (now() < nextAt ? countdown(nextAt, now()) : '') }),
    E('span.unseen', {}, w.at({ time })),
  );
}

/** Why, its last words, what to do, and the command for it. */
export function cure(item: FeedItem): Kid[] {
  return [
    item.why !== undefined && E('p', {}, glue(item.why)),
    item.lastWords !== undefined &&
      item.lastWords.length > 0 &&
      E(
        'div.said',
        { tabindex: 0, role: 'group', 'aria-label': w.lastWords },
        E('span.label', { 'aria-hidden': 'true' }, w.lastWords),
        item.lastWords.join('\n'),
      ),
    item.do !== undefined &&
      E('div.todo', {}, icon('do'), E('p', {}, E('span.unseen', {}, `${w.whatToDo}: `), glue(item.do))),
    item.command !== undefined && command(item.command),
  ];
}

/** A command and the button that copies it. */
export function command(text: string): View {
  return E(
    'div.command',
    { key: `command ${text}` },
    E('code', {}, text),
    E(
      'button',
      {
        'aria-label': `${w.copy}: ${text}`,
        onclick: (event: Event) => {
          const button = event.currentTarget as HTMLElement;
          copyText(text, button, button.previousElementSibling ?? button);
        },
      },
      w.copy,
    ),
  );
}

/** `[exit 1]`. */
export function causeCode(item: FeedItem): Kid {
  return item.cause !== undefined && E('span.cause', {}, `[${item.cause}]`);
}

/** The names that an item serves or is served by, for reading. */
export function forNames(names: readonly string[]): string {
  return w.for({ names: list(names) });
}

/** The head of a view: a shape where it has one, the headline that gets the focus, and a line below. */
export function verdict(shape: Shape | undefined, head: Kid, ...below: Kid[]): View {
  return E(
    'div',
    { class: `verdict ${shape ?? 'plain'}` },
    shape !== undefined && glyph(shape),
    E('h1', { id: 'h', tabindex: -1 }, head),
    E('p', {}, ...below),
  );
}

/** A button that does something on the page itself. */
export function press(label: Kid, onclick: (event: Event) => void, look = '', props: Props = {}): View {
  return E('button', { ...props, class: `button ${look}`, onclick }, label);
}

/** The button of an action and, below it, why the last try was refused. Nothing with a key that may only read. */
export function actionButton(action: FeedAction, item: FeedServer | FeedLink, look = ''): Kid {
  if (page.feed.snapshot?.canWrite !== true) return null;
  return E(
    'button',
    {
      key: `act ${action}`,
      class: `button ${look}`,
      disabled: isBlind(),
      title: isBlind() ? w.noConnection : undefined,
      'aria-disabled': page.sent.has(actionKey(action, item.name)) ? 'true' : undefined,
      onclick: () => act(action, item),
    },
    verbOf(action, item),
  );
}

/** Why the last try of one of these actions was refused, in the words and with the code of the log. */
export function actionError(actions: readonly (FeedAction | 'reload')[], name?: string): Kid {
  for (const action of actions) {
    const error = page.errors.get(actionKey(action, name));
    if (error === undefined) continue;
    const code = error.code === undefined ? '' : ` [${error.code}]`;
    return E(
      'div',
      { role: 'alert', key: 'refused' },
      E('p.refused', {}, `${error.message}${code}`),
      findingsIn(error.data).map((text) => E('p.words.small', {}, text)),
    );
  }
  return null;
}

/** What is wrong with a configuration that was not taken over, by file and line. */
function findingsIn(data: unknown): string[] {
  const { findings } = (data ?? {}) as { findings?: unknown };
  if (!Array.isArray(findings)) return [];
  return findings.map(({ text }: { text: string }) => text);
}

/** What stands on the button: to restart what does not run is to start it. */
export function verbOf(action: FeedAction, item: FeedItem): string {
  const { state } = item as FeedServer | FeedLink;
  if (action === 'restart' && STARTS.has(state)) return w.actions.start;
  if (action === 'reconnect' && item.class !== 'ok') return w.actions.dial;
  return w.actions[action];
}

const STARTS = new Set(['crash-loop', 'cannot-start', 'restarting', 'asleep', 'stopped', 'on-demand']);

/** What stands around every view: head, banner, title, icon. */

import { chooseLang } from './choose-lang.js';
import { E, type Kid, patch, type View } from './dom.js';
import { clock, num, span } from './format.js';
import { glyph, icon, type Shape } from './pieces.js';
import { hrefOf, type Route } from './router.js';
import { page } from './state.js';
import type { Stream } from './stream.js';
import { swapTheme } from './theme.js';
import { lang, w } from './words.js';

/** @param stream what is to try again when a person says so. */
export function drawShell(stream: Pick<Stream, 'wake'>): void {
  // Setting it, also to what it is, styles the whole page anew.
  if (document.documentElement.lang !== lang) document.documentElement.lang = lang;
  document.querySelector('.skip')!.textContent = w.skip;
  document.body.classList.toggle('stale', page.feed.status === 'blind');
  patch(document.getElementById('head')!, head());
  patch(document.getElementById('banner')!, banner(stream));
  document.title = titleOf(page.route);
  drawIcon(worst());
}

/** How many servers and links need a person. */
export function faults(): number {
  const { snapshot } = page.feed;
  if (snapshot === undefined) return 0;
  return [...snapshot.servers, ...snapshot.links].filter((item) => item.class === 'bad').length;
}

function worst(): Shape {
  if (page.feed.status !== 'live') return 'unknown';
  return page.feed.snapshot?.verdict.class ?? 'unknown';
}

function titleOf(route: Route): string {
  const n = page.feed.status === 'live' ? faults() : 0;
  const host = page.feed.snapshot?.machine.host;
  const parts = ['name' in route ? route.name : undefined, w.title, host];
  return (n > 0 ? `(${n}) ` : '') + parts.filter((part) => part !== undefined).join(' · ');
}

function head(): View {
  const { view } = page.route;
  const isLocked = page.feed.status === 'locked';
  return E(
    'div.wrap',
    {},
    E(
      'a.brand',
      { href: '#/', 'aria-label': `${w.title}, ${w.tabs.overview}` },
      E(
        'svg',
        { width: 26, height: 26, viewBox: '0 0 26 26', 'aria-hidden': 'true' },
        E('use', { href: '#i-mark' }),
      ),
      w.title,
    ),
    page.feed.snapshot !== undefined && E('span.host', {}, page.feed.snapshot.machine.host),
    !isLocked &&
      E(
        'nav.tabs',
        { 'aria-label': w.title },
        tab({ view: 'overview' }, w.tabs.overview, view !== 'log' && view !== 'settings', faults()),
        tab({ view: 'log' }, w.tabs.log, view === 'log'),
        tab({ view: 'settings' }, w.tabs.settings, view === 'settings'),
      ),
    E(
      'div.right',
      {},
      !isLocked && E('div.live', {}, E('i', { 'aria-hidden': 'true' }), E('span', {}, liveWord())),
      E(
        'div.segments',
        { role: 'group', 'aria-label': w.language },
        (['en', 'vi'] as const).map((one) =>
          E(
            'button',
            {
              key: one,
              lang: one,
              'aria-pressed': String(lang === one),
              onclick: () => chooseLang(one),
            },
            one.toUpperCase(),
            E('span.unseen', {}, one === 'en' ? ' English' : ' Tiếng Việt'),
          ),
        ),
      ),
      E('button.square', { 'aria-label': w.theme, onclick: swapTheme }, icon('theme', 18)),
    ),
  );
}

function liveWord(): string {
  return page.feed.status === 'live' ? w.live : page.feed.status === 'blind' ? w.notLive : '…';
}

function tab(route: Route, label: string, isHere: boolean, n = 0): View {
  return E(
    'a',
    { key: route.view, href: hrefOf(route), 'aria-current': isHere ? 'page' : undefined },
    E('span.label', {}, label, n > 0 && E('span.n', {}, glyph('bad', w.classes.bad), num(n))),
  );
}

function banner(stream: Pick<Stream, 'wake'>): Kid {
  const { status, heardAt, skewMs } = page.feed;
  if (status !== 'blind') return null;
  return E(
    'div.banner.bad',
    { role: 'alert', key: 'blind' },
    E(
      'div.wrap',
      {},
      glyph('bad'),
      E(
        'p',
        {},
        heardAt === undefined
          ? E('b', {}, w.blind.neverHeard)
          : E('b', { tick: () => w.blind.banner({ span: span(Date.now() - heardAt) }) }),
        ' ',
        heardAt === undefined ? w.blind.keepsTrying : w.blind.detail({ time: clock(heardAt + skewMs, true) }),
      ),
      E('button.button', { onclick: () => stream.wake() }, w.tryNow),
    ),
  );
}

/** Colours of the icon, which knows no theme: they stand out on light and dark tabs. */
const ICON_COLOUR: Record<Shape, string> = {
  bad: '#c8401c',
  busy: '#b87a12',
  ok: '#128a76',
  rest: '#6d8290',
  unknown: '#6d8290',
};

/** The shape of the page itself, in the colour of its class. */
function drawIcon(shape: Shape): void {
  const drawing = document.getElementById(`g-${shape}`)?.innerHTML ?? '';
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' color='${ICON_COLOUR[shape]}'><style>.hole{stroke:#fff}</style>${drawing}</svg>`;
  const href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  const link = document.getElementById('favicon') as HTMLLinkElement;
  if (link.href !== href) link.href = href;
}

import type { FeedSnapshot } from '../protocol/feed.js';
import { changesOfClass } from './announce.js';
import { E, patch, tick } from './dom.js';
import { clock } from './format.js';
import { followHeld } from './held.js';
import { keepChoice, kept } from './kept.js';
import { followKeys } from './keys.js';
import { hasKeyInAddress, keyInAddress, login, onLogin } from './login.js';
import { RETRY_FIRST_MS, TICK_MS } from './numbers.js';
import { feedViewOf, routeOf } from './router.js';
import { say, sayChanges } from './say.js';
import { drawShell } from './shell.js';
import { drawNow, onRedraw, page, redraw } from './state.js';
import { type Feed, openStream } from './stream.js';
import { applyTheme } from './theme.js';
import { toast } from './toast.js';
import { showKeyError } from './views/key.js';
import { viewOf } from './views/of-route.js';
import { followScroll } from './views/table.js';
import { drawWires } from './views/wires.js';
import { changeLang, lang, onLang, w } from './words.js';
import { browserWorld } from './world.js';

const main = document.getElementById('main')!;

let hasWords = false;

const stream = openStream(browserWorld, (feed) => {
  const before = page.feed;
  page.feed = feed;
  if (!hasWords) return;
  tell(before, feed);
  followHeld();
  redraw();
});

/** What is worth a word beside what is shown. */
function tell(before: Feed, after: Feed): void {
  if (after.restartedAt !== undefined && after.restartedAt !== before.restartedAt) {
    const text = w.restarted({ time: clock(after.restartedAt) });
    toast(text);
  }
  const { snapshot } = after;
  if (before.status === 'blind' && after.status === 'live') {
    say(snapshot?.verdict.text ?? w.live);
    said = snapshot;
  }
  said ??= snapshot;
  if (snapshot !== said) sayChanges(changesSinceSaid);
}

/** What screen readers were last told of. */
let said: FeedSnapshot | undefined;

function changesSinceSaid(): string | undefined {
  const { snapshot } = page.feed;
  if (said === undefined || snapshot === undefined) return undefined;
  const text = changesOfClass(said, snapshot);
  said = snapshot;
  return text;
}

function aim(): void {
  stream.aim(feedViewOf(page.route), lang);
}

onRedraw(() => {
  drawShell(stream);
  // A key for each route, so that nothing of the view before stays.
  const key = 'name' in page.route ? `${page.route.view} ${page.route.name}` : page.route.view;
  patch(main, E('div', { key }, viewOf(page.route)));
});

/** A link with another key, opened in a tab that shows the page already. */
async function takeKey(): Promise<boolean> {
  const key = keyInAddress();
  if (key === undefined) return false;
  const answer = await login(key);
  if ('error' in answer) showKeyError(answer.error);
  return true;
}

async function go(): Promise<void> {
  if (await takeKey()) return;
  page.route = routeOf(location.hash);
  page.errors.clear();
  aim();
  drawNow();
  scrollTo(0, 0);
  document.getElementById('h')?.focus({ preventScroll: true });
}

async function begin(): Promise<void> {
  applyTheme();
  const first = (kept('lang') ?? navigator.language).startsWith('vi') ? 'vi' : 'en';
  // The words and the feed come at the same time, unless there is a key: without its cookie the feed would be refused.
  if (!hasKeyInAddress()) {
    page.route = routeOf(location.hash);
    stream.aim(feedViewOf(page.route), first);
  }
  try {
    await changeLang(first);
  } catch {
    // mcp-pipe ended between the page and its words, and nothing can be said without them.
    return void setTimeout(() => location.reload(), RETRY_FIRST_MS);
  }
  hasWords = true;
  // An address that was changed before is read below: without words, no view can be drawn.
  addEventListener('hashchange', () => void go());
  onLang(() => {
    keepChoice('lang', lang);
    aim();
    redraw();
  });
  onLogin(() => stream.renew());
  drawNow();
  await takeKey();
  page.route = routeOf(location.hash);
  aim();
  drawNow();
}

document.querySelector('.skip')!.addEventListener('click', (event) => {
  event.preventDefault();
  document.getElementById('h')?.focus();
});
followKeys();
addEventListener('online', () => stream.wake());
addEventListener('focus', () => stream.wake());
document.addEventListener('visibilitychange', () => {
  stream.hide(document.hidden);
  if (!document.hidden) {
    stream.wake();
    tick();
  }
});
addEventListener('scroll', followScroll, { passive: true });
addEventListener('resize', () => {
  followScroll();
  requestAnimationFrame(drawWires);
});
setInterval(() => {
  if (!document.hidden) tick();
}, TICK_MS);
void begin();

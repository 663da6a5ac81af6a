import { E, patch, tick } from './dom.js';
import { keepChoice, kept } from './kept.js';
import { feedViewOf, routeOf } from './router.js';
import { applyTheme, drawShell } from './shell.js';
import { onRedraw, page, redraw } from './state.js';
import { openStream } from './stream.js';
import { viewOf } from './views/of-route.js';
import { lang, setLang } from './words.js';
import { browserWorld } from './world.js';

const main = document.getElementById('main')!;

const stream = openStream(browserWorld, (feed) => {
  page.feed = feed;
  redraw();
});
const acts = { stream, changeLang };

function aim(): void {
  stream.aim(feedViewOf(page.route), lang);
}

function changeLang(next: 'en' | 'vi'): void {
  keepChoice('lang', next);
  setLang(next);
  aim();
  redraw();
}

function drawAll(): void {
  drawShell(acts);
  // A route of its own, so that nothing of the view before stays.
  const key = 'name' in page.route ? `${page.route.view} ${page.route.name}` : page.route.view;
  patch(main, E('div', { key }, viewOf(page.route)));
}

function go(): void {
  page.route = routeOf(location.hash);
  page.errors.clear();
  aim();
  drawAll();
  scrollTo(0, 0);
  document.getElementById('h')?.focus({ preventScroll: true });
}

const chosen = kept('lang') ?? navigator.language;
setLang(chosen.startsWith('vi') ? 'vi' : 'en');
applyTheme();
onRedraw(drawAll);
page.route = routeOf(location.hash);
aim();
drawAll();

addEventListener('hashchange', go);
addEventListener('online', () => stream.wake());
addEventListener('focus', () => stream.wake());
document.addEventListener('visibilitychange', () => {
  stream.hide(document.hidden);
  if (!document.hidden) stream.wake();
});
setInterval(() => {
  if (!document.hidden) tick();
}, 1e3);

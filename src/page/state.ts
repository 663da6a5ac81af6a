import type { Route } from './router.js';
import { type Feed, NO_FEED } from './stream.js';

/** What the page knows and what a person has chosen on it. Who changes something calls `redraw`. */
export const page: {
  feed: Feed;
  route: Route;
  /** Why an action was refused, by `errorKey`: shown under its button. */
  errors: Map<string, ActionError>;
  /** Actions that were sent and not answered yet, by the same keys. */
  sent: Set<string>;
} = {
  feed: NO_FEED,
  route: { view: 'overview' },
  errors: new Map(),
  sent: new Set(),
};

/** In the words and with the code of the log. */
export interface ActionError {
  message: string;
  code?: string;
  data?: unknown;
}

/** The daemon's clock now, however wrong this device's is. */
export function now(): number {
  return Date.now() + page.feed.skewMs;
}

/** Whether what is shown may be wrong, and nothing can be done. */
export function isBlind(): boolean {
  return page.feed.status !== 'live';
}

let draw = () => {};
const afterwards = new Set<() => void>();
let isDue = false;

/** What draws the page. */
export function onRedraw(next: () => void): void {
  draw = next;
}

/** Calls it after each drawing, when what is drawn has its places. */
export function onDrawn(then: () => void): void {
  afterwards.add(then);
}

/** Draws the page now. */
export function drawNow(): void {
  draw();
  for (const then of afterwards) then();
}

/** Draws the page soon, once for all changes until then; also while it is hidden, for its title. */
export function redraw(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    drawNow();
  }, 0);
}

import { SAID_EVERY_MS } from './numbers.js';

let waiting: string | undefined;
let isQuiet = false;

/** Tells screen readers something, at most one sentence in a while; of several that wait, the last. */
export function say(text: string): void {
  if (isQuiet) {
    waiting = text;
    return;
  }
  const region = document.getElementById('said');
  if (region !== null) region.textContent = text;
  isQuiet = true;
  setTimeout(() => {
    isQuiet = false;
    const next = waiting;
    waiting = undefined;
    if (next !== undefined) say(next);
  }, SAID_EVERY_MS);
}

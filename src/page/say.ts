import { SAID_EVERY_MS } from './numbers.js';

let waiting: string | undefined;
let changes: (() => string | undefined) | undefined;
let isQuiet = false;

/** Tells screen readers something, at most once in a while; of several texts that wait, the last. */
export function say(text: string): void {
  waiting = text;
  speak();
}

/** The same for what has changed: asked when it is said, so that no change is lost to a later one. undefined: nothing. */
export function sayChanges(sinceSaid: () => string | undefined): void {
  changes = sinceSaid;
  speak();
}

function speak(): void {
  if (isQuiet) return;
  const texts = [waiting, changes?.()].filter((text) => text !== undefined);
  waiting = undefined;
  changes = undefined;
  if (texts.length === 0) return;
  const region = document.getElementById('said');
  if (region !== null) region.textContent = texts.join('. ');
  isQuiet = true;
  setTimeout(() => {
    isQuiet = false;
    speak();
  }, SAID_EVERY_MS);
}

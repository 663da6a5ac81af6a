import { hrefOf } from './router.js';
import { areShortcutsOn } from './views/settings.js';

/** Single keys: `/` finds, `n` goes to the next fault, `?` shows them all. None while something is typed, none with a modifier. */
export function followKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !areShortcutsOn() || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (event.key === '/') focusOn(document.getElementById('find'), event);
    else if (event.key === 'n') nextFault(event);
    else if (event.key === '?') location.hash = hrefOf({ view: 'settings' });
  });
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}

function nextFault(event: Event): void {
  const faults = [...document.querySelectorAll<HTMLElement>('.faults h3 a')];
  // From other views the way leads to the faults of the overview.
  if (faults.length === 0) {
    if (document.querySelector('.tabs .n') !== null) location.hash = hrefOf({ view: 'overview' });
    return;
  }
  const at = faults.indexOf(document.activeElement as HTMLElement);
  focusOn(faults[at + 1] ?? faults[0], event);
}

function focusOn(element: HTMLElement | null | undefined, event: Event): void {
  if (element == null) return;
  event.preventDefault();
  element.focus();
}

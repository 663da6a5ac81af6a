import { COPIED_MS } from './numbers.js';
import { say } from './say.js';
import { w } from './words.js';

/** Copies a text and says so on the button that was pressed. `shown`: where the text stands. */
export function copyText(text: string, button: HTMLElement, shown: Element): void {
  const done = () => {
    const label = w.copied;
    say(label);
    button.dataset.done = label;
    setTimeout(() => delete button.dataset.done, COPIED_MS);
  };
  // Over http a browser has no clipboard but for this machine: a phone copies what is selected.
  if (navigator.clipboard) {
    navigator.clipboard.writeText(text).then(done, () => {
      if (copySelection(shown)) done();
    });
  } else if (copySelection(shown)) done();
}

/** Selects it, so that it can be copied by hand if the browser does not do it. */
function copySelection(shown: Element): boolean {
  const range = document.createRange();
  range.selectNodeContents(shown);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
  return document.execCommand('copy');
}

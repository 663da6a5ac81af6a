import { E, patch } from './dom.js';
import { UNDO_MS } from './numbers.js';
import { w } from './words.js';

let timer: ReturnType<typeof setTimeout> | undefined;

/** Says for a moment what was asked for, with a way back where there is one. */
export function toast(text: string, undo?: () => void): void {
  const box = document.getElementById('toast')!;
  const clear = () => patch(box);
  patch(
    box,
    E('span', {}, text),
    undo !== undefined &&
      E(
        'button.button',
        {
          onclick: () => {
            clear();
            undo();
          },
        },
        w.undo,
      ),
  );
  clearTimeout(timer);
  timer = setTimeout(clear, UNDO_MS);
}

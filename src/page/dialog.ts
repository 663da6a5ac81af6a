import { E, type Kid, patch } from './dom.js';
import { w } from './words.js';

/** Opens a dialog over the page; Escape closes it, and the focus goes back to where it was. Returns what closes it. */
export function openDialog(heading: Kid, ...kids: Kid[]): () => void {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'dialog-heading');
  patch(dialog, E('h2', { id: 'dialog-heading' }, heading), ...kids);
  const back = document.activeElement as HTMLElement | null;
  dialog.addEventListener('close', () => {
    dialog.remove();
    back?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return () => dialog.close();
}

/** Asks before something is lost. The focus starts on what loses nothing. */
export function confirmLoss(asked: {
  head: string;
  /** Sentences. */
  lost: readonly string[];
  /** Verb and name, on the button. */
  confirm: string;
  go: () => void;
}): void {
  const close = openDialog(
    asked.head,
    asked.lost.map((text) => E('p', {}, text)),
    E(
      'div.actions',
      {},
      E('button.button', { autofocus: true, onclick: () => close() }, w.cancel),
      E(
        'button.button.danger',
        {
          onclick: () => {
            close();
            asked.go();
          },
        },
        asked.confirm,
      ),
    ),
  );
}

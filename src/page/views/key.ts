import { E, type Kid } from '../dom.js';
import { login } from '../login.js';
import { verdict } from '../pieces.js';
import { type ActionError, redraw } from '../state.js';
import { w } from '../words.js';

let error: ActionError | undefined;
let isSent = false;

/** Asks for the key. */
export function keyView(): Kid {
  const words = w.settingsPage.form;
  return E(
    'div.narrow',
    {},
    verdict('unknown', words.head, words.about),
    E(
      'form.card.stack',
      { onsubmit: submit },
      // Where programs that keep passwords look for whose it is.
      E('input', { type: 'text', autocomplete: 'username', value: w.title, hidden: true }),
      E(
        'div.field',
        {},
        E('label', { for: 'key' }, words.label),
        E('input.input.mono', {
          id: 'key',
          type: 'password',
          autocomplete: 'current-password',
          'aria-invalid': error === undefined ? undefined : 'true',
          'aria-describedby': 'key-error key-where',
        }),
        E('p.error', { id: 'key-error', role: 'alert' }, error === undefined ? null : textOf(error)),
      ),
      E('button.button.main', { type: 'submit', 'aria-disabled': isSent ? 'true' : undefined }, words.open),
      E('p.muted.small', { id: 'key-where' }, words.where),
    ),
  );
}

function textOf({ message, code }: ActionError): string {
  return code === undefined ? message : `${message} [${code}]`;
}

/** Why the key of the address was not taken. */
export function showKeyError(next: ActionError): void {
  error = next;
  redraw();
}

async function submit(event: Event): Promise<void> {
  event.preventDefault();
  if (isSent) return;
  const field = document.getElementById('key') as HTMLInputElement;
  const key = field.value.trim();
  if (key === '') error = { message: w.settingsPage.form.empty };
  else {
    isSent = true;
    const answer = await login(key);
    isSent = false;
    error = 'error' in answer ? answer.error : undefined;
    if (error === undefined) field.value = '';
  }
  redraw();
  if (error !== undefined) field.focus();
}

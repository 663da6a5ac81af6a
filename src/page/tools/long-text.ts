import { E, type View } from '../dom.js';

/** A description of more letters is opened by a press. */
const SHORT = 280;
/** Of a longer one the page shows no more: it was written for a machine. */
const LONGEST = 20_000;

/** A text of a server: plain, its line breaks kept. A long one shows its beginning until it is opened. */
export function longText(text: string, look: string): View {
  const whole = text.trim();
  if (whole.length <= SHORT) return E('p', { class: `${look} words text` }, whole);
  const beginning = whole.slice(0, SHORT).replace(/\s+\S*$/, '');
  const rest = whole.slice(beginning.length, LONGEST).trim();
  return E(
    'details',
    { class: `${look} words` },
    E('summary.text', {}, beginning),
    E('p.text', {}, whole.length > LONGEST ? `${rest}…` : rest),
  );
}

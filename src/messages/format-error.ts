import type { McpPipeError } from '../protocol/errors.js';
import { type Lang, messagesFor } from './index.js';
import type { Worded } from './worded.js';

/** An error in the reader's language; an error that the table does not have keeps its own text. */
export function formatError(error: McpPipeError, lang: Lang): { what: string; next: string | undefined } {
  if (error.said === undefined) return { what: error.message, next: error.next };
  const { id, params } = error.said as Worded['said'];
  const say = messagesFor(lang).errors[id] as (params: unknown) => { what: string; next: string };
  return say(params);
}

import { type McpPipeError, UsageError } from '../protocol/errors.js';
import { type Lang, type Messages, messagesFor } from './messages/index.js';

type Errors = Messages['errors'];
export type ErrorId = keyof Errors;
type ParamsOf<Id extends ErrorId> = Parameters<Errors[Id]> extends [infer Params] ? [params: Params] : [];

/** What an error says in English, and what it takes to say it in another language where it is shown. */
export interface Worded {
  message: string;
  next: string;
  said: { id: ErrorId; params: unknown };
}

/** The words of an error out of the table of messages. */
export function worded<Id extends ErrorId>(id: Id, ...[params]: ParamsOf<Id>): Worded {
  const { what, next } = sayWorded({ id, params }, 'en');
  return { message: what, next, said: { id, params } };
}

/** What is wrong with what was asked for, out of the table of messages. */
export function usageError<Id extends ErrorId>(id: Id, ...params: ParamsOf<Id>): UsageError {
  const words = worded(id, ...params);
  return new UsageError(words.message, words);
}

/** An error in the reader's language; one that has no words in the table speaks for itself. */
export function sayError(error: McpPipeError, lang: Lang): { what: string; next: string | undefined } {
  if (error.said === undefined) return { what: error.message, next: error.next };
  return sayWorded(error.said as Worded['said'], lang);
}

function sayWorded({ id, params }: Worded['said'], lang: Lang): { what: string; next: string } {
  const say = messagesFor(lang).errors[id] as (params: unknown) => { what: string; next: string };
  return say(params);
}

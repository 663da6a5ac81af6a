import { UsageError } from '../protocol/errors.js';
// Only this table is needed here: the help works without the others.
import { errors } from './en/errors.js';

type Errors = typeof errors;
export type ErrorId = keyof Errors;
type ParamsOf<Id extends ErrorId> = Parameters<Errors[Id]> extends [infer Params] ? [params: Params] : [];

/** An error's English text, and the id and parameters to word it in another language. */
export interface Worded {
  message: string;
  next: string;
  said: { id: ErrorId; params: unknown };
}

/** Words an error from the table of messages. */
export function worded<Id extends ErrorId>(id: Id, ...[params]: ParamsOf<Id>): Worded {
  const say = errors[id] as (params: unknown) => { what: string; next: string };
  const { what, next } = say(params);
  return { message: what, next, said: { id, params } };
}

/** A UsageError with a text from the table of messages. */
export function usageError<Id extends ErrorId>(id: Id, ...params: ParamsOf<Id>): UsageError {
  const words = worded(id, ...params);
  return new UsageError(words.message, words);
}

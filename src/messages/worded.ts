import { UsageError } from '../protocol/errors.js';
// The one table that is needed here: the help does without the others.
import { errors } from './en/errors.js';

type Errors = typeof errors;
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
  const say = errors[id] as (params: unknown) => { what: string; next: string };
  const { what, next } = say(params);
  return { message: what, next, said: { id, params } };
}

/** What is wrong with what was asked for, out of the table of messages. */
export function usageError<Id extends ErrorId>(id: Id, ...params: ParamsOf<Id>): UsageError {
  const words = worded(id, ...params);
  return new UsageError(words.message, words);
}

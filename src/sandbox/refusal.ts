import { CONFINEMENT_WORDS } from '../protocol/confinement-words.js';
import { LaunchError } from '../protocol/errors.js';

type Words = typeof CONFINEMENT_WORDS;

/** The error for a server that must not be started, because nothing here can hold it as its entry asks. */
export function refusal<Id extends keyof Words>(id: Id, params: Parameters<Words[Id]>[0]): LaunchError {
  const say = CONFINEMENT_WORDS[id] as (params: unknown) => { what: string; next: string };
  const { what, next } = say(params);
  return new LaunchError(what, 'CONFINED', { next, said: { id, params } });
}

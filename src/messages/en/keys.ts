import { type KeyFileTrouble, keyFileRemedy, keyFileTrouble } from './key-errors.js';
import { count } from './numbers.js';

const named = (what: string, names: readonly string[]) =>
  names.length === 0 ? [] : [`${what} ${names.join(', ')}`];

/** What the log says of a file of keys. */
export const keys = {
  unusable: ({ left, ...trouble }: KeyFileTrouble & { left: number }) =>
    `${keyFileTrouble(trouble)} ${left > 0 ? `${count(left, 'key')} from before ${left > 1 ? 'go' : 'goes'} on.` : 'A key is asked for all the same.'} ${keyFileRemedy(trouble)}`,
  gone: ({ file }: { file: string }) =>
    `${file} is gone, and with it its keys. A key is asked for until mcp-pipe ends; mcp-pipe key add makes one.`,
  changed: ({
    added,
    removed,
    changed,
  }: {
    added: readonly string[];
    removed: readonly string[];
    changed: readonly string[];
  }) =>
    `Keys: ${[...named('added', added), ...named('revoked', removed), ...named('changed', changed)].join('; ')}.`,
};

import { list } from './target-errors.js';

/** Errors of `mcp-pipe explain`. */
export const blackBoxErrors = {
  'no-black-box': ({ link, word, known }: { link: string; word: string; known: readonly string[] }) => ({
    what: `There is no file ${link}, and no black box of a link of that name.`,
    next: `Black boxes of this configuration: ${list(known, 'none')}. For a link that runs: mcp-pipe explain --now ${word}`,
  }),
  'no-box-now': ({ word }: { word: string | undefined }) => ({
    what: `No link of the running mcp-pipe has a black box${word === undefined ? '' : ` that is about ${word}`}: clients and servers of the gateway have none.`,
    next: `The log says what happens: mcp-pipe logs${word === undefined ? '' : ` ${word}`}`,
  }),
  'black-box-unreadable': ({ file, code }: { file: string; code: string }) => ({
    what: `${file} cannot be read (${code}).`,
    next: 'Name a file that the log has named, or none for the newest: mcp-pipe explain',
  }),
  'black-box-foreign': ({ file }: { file: string }) => ({
    what: `${file} is no black box of mcp-pipe.`,
    next: 'Name a file that the log has named, or none for the newest: mcp-pipe explain',
  }),
  'black-box-broken': ({ file }: { file: string }) => ({
    what: `${file} is not a whole black box: it is cut off, or was changed.`,
    next: 'Copy it again from where it was written, or take the newest one: mcp-pipe explain',
  }),
  'black-box-newer': ({ file }: { file: string }) => ({
    what: `${file} was written by a newer mcp-pipe.`,
    next: 'Read it with the mcp-pipe that has written it, or update this one: npm install -g mcp-pipe',
  }),
};

import { time } from './numbers.js';

/** What a command that edits the configuration says of the mcp-pipe that runs with it. */
export const told = {
  takenOver: ({ pid, changes }: { pid: number; changes: string }) =>
    `The running mcp-pipe (pid ${pid}) took it over: ${changes}.`,
  /** For instance of a daemon that was started with one server, or for one agent. */
  notConcerned: ({ pid }: { pid: number }) =>
    `The running mcp-pipe (pid ${pid}) has read it; nothing that it runs has changed.`,
  refused: ({ pid }: { pid: number }) =>
    `The running mcp-pipe (pid ${pid}) cannot use the file as it is now, and runs on as before:`,
  otherFile: ({ pid, file }: { pid: number; file: string | undefined }) =>
    file === undefined
      ? `The running mcp-pipe (pid ${pid}) has no configuration file, and was not told.`
      : `The running mcp-pipe (pid ${pid}) runs with ${file}, and was not told.`,
  cannot: ({ pid, message }: { pid: number; message: string }) =>
    `The running mcp-pipe (pid ${pid}) did not take it over: ${message}`,
  tooOld: ({ pid }: { pid: number }) =>
    `The running mcp-pipe (pid ${pid}) is of an earlier version: stop it and start it again.`,
  waiting: ({ pid }: { pid: number }) =>
    `The running mcp-pipe (pid ${pid}) finishes the calls that are affected, then it changes.`,
  stillWaiting: ({ pid, afterMs }: { pid: number; afterMs: number }) =>
    `The running mcp-pipe (pid ${pid}) is still at it after ${time(afterMs)}; mcp-pipe health says when it has changed.`,
  silent: 'The running mcp-pipe does not answer, and was not told; once it does: mcp-pipe reload.',
  /** What happened to servers or links, and their names. */
  changes: {
    added: ({ names }: { names: readonly string[] }) => `${names.join(', ')} started`,
    removed: ({ names }: { names: readonly string[] }) => `${names.join(', ')} stopped`,
    restarted: ({ names }: { names: readonly string[] }) => `${names.join(', ')} started again`,
    updated: ({ names }: { names: readonly string[] }) => `${names.join(', ')} changed while running`,
    linksAdded: ({ names }: { names: readonly string[] }) =>
      `${names.length === 1 ? 'link' : 'links'} ${names.join(', ')} added`,
    linksRemoved: ({ names }: { names: readonly string[] }) =>
      `${names.length === 1 ? 'link' : 'links'} ${names.join(', ')} removed`,
    linksReplaced: ({ names }: { names: readonly string[] }) =>
      `${names.length === 1 ? 'link' : 'links'} ${names.join(', ')} connected anew`,
    linksUpdated: ({ names }: { names: readonly string[] }) =>
      `${names.length === 1 ? 'link' : 'links'} ${names.join(', ')} changed, connected as before`,
  },
};

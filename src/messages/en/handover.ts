import { count, time } from './numbers.js';

/** What is logged while a new mcp-pipe takes the place of the running one. */
export const handover = {
  // Of the new one
  nothingRuns:
    'No mcp-pipe runs with this configuration, so there is nothing to take over: this one starts as usual.',
  takes: ({ pid, version, links }: { pid: number; version: string; links: number }) =>
    `mcp-pipe ${version} (pid ${pid}) runs and hands over ${count(links, 'link')}, one step after the other; until then it answers their calls.`,
  took: ({ links }: { links: readonly string[] }) => `Taken over: ${links.join(', ')}.`,
  tookHttp: 'Taken over: what is served over HTTP.',
  leftAlone: ({ pid }: { pid: number }) =>
    `mcp-pipe (pid ${pid}) has ended before it had handed over everything: this one takes the rest.`,
  done: ({ pid, afterMs }: { pid: number; afterMs: number }) =>
    `Everything is taken over from mcp-pipe (pid ${pid}), after ${time(afterMs)}.`,

  // Of the one before
  asked: ({ pid, version, links }: { pid: number; version: string; links: number }) =>
    `mcp-pipe ${version} (pid ${pid}) takes over: ${count(links, 'link')} are handed over, one step after the other.`,
  gave: ({ pid, links }: { pid: number; links: readonly string[] }) =>
    `Handed over to pid ${pid}: ${links.join(', ')}.`,
  gaveHttp: ({ pid }: { pid: number }) => `Handed over to pid ${pid}: what is served over HTTP.`,
  tookBack: ({ pid, links }: { pid: number; links: readonly string[] }) =>
    `The new mcp-pipe (pid ${pid}) has not taken over everything: it ended, or hangs. ${links.length === 0 ? 'Nothing had been handed over; this one goes on.' : `This one takes back ${links.join(', ')}.`}`,
  gaveAll: ({ pid, version }: { pid: number; version: string }) =>
    `Everything is handed over to mcp-pipe ${version} (pid ${pid}): stopping.`,
};

import { count, size, time } from '../en/numbers.js';
import type { FeedWords } from './feed-words.js';

/** More names make no sentence clearer. */
const MOST_NAMES = 5;

/** English. Sentence case, without exclamation marks. */
export const en: FeedWords = {
  servers: {
    ready: 'Ready',
    starting: 'Starting',
    restarting: 'Ended, restarting',
    'crash-loop': 'Crash loop',
    'cannot-start': 'Cannot start',
    'no-answer': 'No answer',
    'refuses-initialize': 'Refuses initialize',
    'calls-refused': 'Fails, calls refused',
    asleep: 'Asleep',
    'between-turns': 'Waits for its turn',
    paused: 'Paused by you',
    stopping: 'Stopping',
    stopped: 'Stopped',
    'on-demand': 'Starts on demand',
  },
  remote: {
    starting: 'Connecting',
    restarting: 'Lost, connecting again',
    'crash-loop': 'Sessions keep ending',
    'cannot-start': 'Cannot be reached',
  },
  links: {
    connected: 'Connected',
    'not-asked': 'Connected, not asked yet',
    'waits-for-server': 'Waits for its server',
    connecting: 'Connecting',
    renewing: 'Renewing',
    'waits-to-reconnect': 'Waiting to reconnect',
    'cannot-connect': 'Cannot connect',
    'token-war': 'Token war',
    parked: 'Parked',
    'no-leases': 'Redis does not answer',
    paused: 'Paused by you',
    stopping: 'Stopping',
    stopped: 'Stopped',
  },
  verdict: {
    needed: ({ servers, connections }) => {
      const parts = [
        ...(servers > 0 ? [count(servers, 'server')] : []),
        ...(connections > 0 ? [count(connections, 'connection')] : []),
      ];
      return `${parts.join(' and ')} ${servers + connections === 1 ? 'needs' : 'need'} you`;
    },
    waiting: ({ calls, tools }) => {
      const parts = [
        ...(calls > 0 ? [count(calls, 'call')] : []),
        ...(tools > 0 ? [count(tools, 'changed tool')] : []),
      ];
      return `${parts.join(' and ')} ${calls + tools === 1 ? 'waits' : 'wait'} for you`;
    },
    busy: 'Nothing to do; mcp-pipe is on it',
    well: 'All is well',
    empty: 'No servers yet',
  },
  why: {
    mayDownload: ({ fetcher }) => `${fetcher} may be downloading it.`,
    asleep: ({ startMs, memoryBytes }) =>
      `No call needs it now. The next one starts it${startMs === undefined ? '' : `, in about ${time(startMs)}`}.${memoryBytes === undefined ? '' : ` Meanwhile it saves ${size(memoryBytes)}.`}`,
    betweenTurns: 'Another server of this connection has its turn.',
    linkParked: 'Its connection waits for a slot. The server starts as soon as there is one.',
    onDemand: 'The first call starts it.',
    pausedServer:
      'It is stopped, and its tools are not offered, until you resume it or mcp-pipe is started again.',
    pausedLink: 'It is not connected until you resume it or mcp-pipe is started again.',
    serversPaused: 'All of its servers are paused.',
    linksPaused: 'Nothing uses it: its connections are paused.',
    waitsForServers: ({ servers }) => `It connects as soon as ${anyOf(servers)} can answer.`,
    notAsked: 'The connection is open. The endpoint has not asked anything on it yet.',
    callsLeft: ({ calls }) => `${count(calls, 'call is', 'calls are')} still running.`,
  },
  do: {
    nothing: 'Nothing to do: mcp-pipe does it by itself.',
    resume: 'Resume it when you need it.',
    resumeServers: 'Resume one of them.',
    tryRedis:
      'Look whether it runs and can be reached from this machine: mcp-pipe doctor tries it. When it answers, links connect by themselves.',
    twoCopies: 'Two copies on purpose? Then there is nothing to do. Otherwise stop one of them.',
    silent: 'A tool may take this long: then wait. Otherwise restart the server.',
  },
  did: {
    restart: (by) => `Restart asked${from(by)}.`,
    pause: (by) => `Paused by you${from(by)}.`,
    resume: (by) => `Resumed by you${from(by)}.`,
    reconnect: (by) => `New connection asked${from(by)}.`,
    wake: (by) => `Started by you${from(by)}.`,
    sleep: (by) => `Stopped until the next call, by you${from(by)}.`,
    reload: (by) => `The configuration was read again, asked${from(by)}.`,
  },
  moves: {
    ready: ({ again, tookMs, pid }) =>
      `Ready${again ? ' again' : ''} after ${time(tookMs)}${pid === undefined ? '' : `, pid ${pid}`}.`,
    exited: ({ exitCode, signal, livedMs }) => {
      const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
      return `Ended${signal === undefined ? code : ` by signal ${signal}`} after ${time(livedMs)}.`;
    },
    slow: ({ waitedMs }) => `No answer to initialize for ${time(waitedMs)}.`,
    silent: ({ call, waitedMs }) => `Silent: no answer to ${call} for ${time(waitedMs)}, nor to a ping.`,
    idle: ({ idleMs }) => `Asleep after ${time(idleMs)} without a call.`,
    strays: ({ processes }) => `${count(processes, 'process', 'processes')} that it had left behind ended.`,
    callTimeout: ({ call, timeoutMs }) => `No answer to ${call} within ${time(timeoutMs)}.`,
  },
  notMeasured: {
    'no-ps': 'Not measured here: the program ps is missing.',
    'ps-failed': 'Not measured here: the program ps failed.',
    'no-proc': 'Not measured here: /proc cannot be read.',
  },
  facts: {
    onDemand: ({ parts }) => ['on demand', ...parts].join(', '),
    slots: ({ slots }) => (slots === 1 ? 'one connection at a time' : `${slots} connections at a time`),
    listChanges: {
      unknown: undefined,
      'reads-list-changed': 'reads changed lists at once',
      'ignores-list-changed': 'reads changed lists only on a new connection',
    },
  },
};

/** ` from the page, with the key #58c74e01` */
function from({ from, key }: { from: string; key: string | undefined }): string {
  const where = from === 'page' ? ' from the page' : from === 'socket' ? ' by a command' : ` (${from})`;
  return key === undefined ? where : `${where}, with the key #${key}`;
}

function anyOf(servers: readonly string[]): string {
  if (servers.length === 1) return servers[0]!;
  const rest = servers.length - MOST_NAMES;
  const names = servers.slice(0, MOST_NAMES).join(', ');
  return `one of ${names}${rest > 0 ? ` and ${rest} more` : ''}`;
}

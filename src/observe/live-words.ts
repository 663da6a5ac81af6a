import { sayCount, sayMs } from './human.js';

/** Everything the live block says, for people; one table, so that another language is one more. */
export const liveWords = {
  queued: 'waiting for its turn to start',
  starting: 'starting the server',
  restarting: 'starting the server again',
  mayDownload: (program: string) => `${program} may be downloading it`,
  connecting: 'connecting',
  connected: 'connected',
  askedBy: (client: string) => `asked by ${client}`,
  asked: 'asked',
  notAsked: 'not asked yet',
  waiting: (ms: number) => `waiting: next try ${soon(ms)}`,
  parked: 'waiting: another program uses the token',
  serverDown: (ms: number) => `server down: next start ${soon(ms)}`,
  refusing: 'server refuses initialize',
  failedInARow: (times: number) => `failed ${times} times in a row`,
  calls: (count: number) => `${sayCount(count, 'call')} still running`,
  ending: 'ending the server',
  stopped: 'stopped',
  pid: (pid: number) => `pid ${pid}`,
  duration: sayMs,
  links: (count: number) => sayCount(count, 'link'),
  more: (count: number) => `+ ${count} more`,
  all: (what: string) => `all ${what}`,
  kinds: { trouble: 'in trouble', busy: 'starting', connected: 'connected', stopped: 'stopped' },
  settled: (count: number) => `${sayCount(count, 'link')} connected`,
  howToStop: 'Ctrl-C stops',
  stopping: (rest: string) => `Stopping: ${rest}`,
  left: (ms: number) => `${sayMs(ms)} left`,
  serversEnd: (count: number) => `${sayCount(count, 'server')} being ended`,
  howToHurry: 'Ctrl-C again hurries',
};

function soon(ms: number): string {
  return ms <= 0 ? 'now' : `in ${sayMs(ms)}`;
}

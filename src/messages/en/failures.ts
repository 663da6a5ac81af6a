import type { SystemCode } from '../code-names.js';
import { formatCount } from '../human.js';

/** Errors of the operating system, by their error word. */
const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'This user has no permission: change the permissions, or choose another place.',
  EPERM: 'This user has no permission: change the permissions, or choose another place.',
  EROFS: 'The file system cannot be written: choose another place.',
  ENOSPC: 'The disk is full: make room, then start mcp-pipe again.',
  EDQUOT: 'The disk quota is used up: make room, then start mcp-pipe again.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n), or run fewer servers.',
  ENFILE: 'The system has too many files open: end other programs, or raise its limit.',
  ENOENT:
    'It is not there (any more): check the folder in which mcp-pipe was started, and the names given to it.',
} satisfies Record<SystemCode, string>;

/** Unexpected errors. */
export const failures = {
  system: ({ code }: { code: string }) =>
    SYSTEM[code] ?? 'The system refused this; see what stands in its way, then start mcp-pipe again.',
  unexpected: ({ message }: { message: string }) => `mcp-pipe failed unexpectedly: ${message}`,
  reportAgain:
    'This is a defect of mcp-pipe. Run it once more with --debug to see where, and report what it says.',
  report: 'This is a defect of mcp-pipe; please report it together with these lines.',
  observerFailed: ({ observer, message }: { observer: string; message: string }) =>
    `Observer "${observer}" failed (${message}). Servers and connections go on; what it shows may be wrong from now on.`,
  logFile: {
    failed: ({ file, message }: { file: string; message: string }) =>
      `The log cannot be written to ${file}: ${message}. mcp-pipe runs on without it and tries again every few seconds; mcp-pipe logs has the latest lines. Make room, or name another file with --log-file.`,
    recovered: ({ file }: { file: string }) =>
      `The log is written to ${file} again; what was logged in between is missing there.`,
  },
  audit: {
    failed: ({ file, message }: { file: string; message: string }) =>
      `The audit log cannot be written to ${file}: ${message}. Calls go on without it; lines that are lost are counted, and it is tried again every few seconds. Make room, or name another file under "audit".`,
    recovered: ({ file, count }: { file: string; count: number }) =>
      `The audit log is written to ${file} again. Lost in this run: ${formatCount(count, 'line')}.`,
    lost: ({ file, count }: { file: string; count: number }) =>
      `Lines of the audit log ${file} were lost, in this run ${count}: they came faster than they could be written. A faster disk helps, or "size" with a larger value.`,
    later:
      'The audit log came with a reload: calls are in it from the next start on, everything else from now on.',
  },
  redis: {
    down: ({ url, reason }: { url: string; reason: string }) =>
      `${url}, which machines share, does not answer as it should: ${reason}. Connections that are open stay until their leases end, within "ttl"; none is made until it answers. Limits are counted here alone. mcp-pipe doctor tries it.`,
    recovered: ({ url }: { url: string }) => `${url} answers again: links that wait are connected.`,
    connected: ({ url, machine }: { url: string; machine: string }) =>
      `Leases are shared with other machines by ${url}; they know this one as ${machine}.`,
  },
  logDropped: ({ count }: { count: number }) =>
    `${formatCount(count, 'line')} of the log ${count === 1 ? 'was' : 'were'} left out: stderr was not read fast enough. Write it to a file, or choose a higher --log-level.`,
  stdoutLost: ({ code }: { code: string }) =>
    `stdout cannot be written (${code}): what belongs there is lost.`,
  inContainer: 'In Docker, this shows all of it: docker compose run --rm mcp-pipe check',
};

import type { ServerCause, ServerEnd } from './server-end.js';

/** Of a server with several processes (`"instances"`): which one, and of how many. They are counted from 1. */
interface OfCopy {
  type: 'server-copy';
  copy: number;
  of: number;
}

/** What happens to one process of a server that has several. The first one to start is reported as the server is. */
// D349
export type CopyEvent =
  /** It takes calls. */
  | (OfCopy & { to: 'ready'; pid: number | undefined; tookMs: number })
  /** It has ended, or could not be started; `up` others go on. `pendingFailed` calls were answered with errors. */
  | (OfCopy & {
      to: 'down';
      up: number;
      serverKind: string;
      why: ServerCause;
      end: ServerEnd;
      livedMs: number;
      failures: number;
      nextStartMs: number;
      pendingFailed: number;
      stderrTail: readonly string[];
    })
  /** Its answer to `initialize` is another one than that of the others, in these members: it gets no calls. */
  | (OfCopy & { to: 'different'; keys: readonly string[] })
  /** It was ended: there are to be fewer, a new one takes its place, or nothing was to do for it. */
  | (OfCopy & { to: 'ended'; why: 'fewer' | 'asked' | 'idle' });

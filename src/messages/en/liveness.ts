import { formatCall } from '../human.js';
import type { EventOf } from '../parts.js';
import { time } from './numbers.js';

/** Warnings about slow calls, and about servers that answer none. */
export const liveness = {
  unanswered: ({ silentMs, running, waitedMs, method, name }: Omit<EventOf<'call-unanswered'>, 'type'>) => {
    const others = running > 1 ? `, one of ${running} calls that run` : '';
    const since =
      silentMs === undefined
        ? 'The server has said nothing since it got the call.'
        : `The server last said something ${time(silentMs)} ago.`;
    return `No answer to ${formatCall({ method, name })} for ${time(waitedMs)}${others}. ${since} Some tools take that long; if this one should not, mcp-pipe logs shows what the server says.`;
  },
  answered: ({ tookMs, method, name }: Omit<EventOf<'call-answered'>, 'type'>) =>
    `The answer to ${formatCall({ method, name })} came after ${time(tookMs)}.`,
  silent: ({ unanswered, pingMs, waitedMs, method, name }: Omit<EventOf<'server-silent'>, 'type'>) =>
    `The server has not answered a ping for ${time(pingMs)}, nor ${unanswered === 1 ? `${formatCall({ method, name })}` : `${unanswered} calls, the oldest of them ${formatCall({ method, name })}`} for ${time(waitedMs)}: it is busy with one call, or hangs. "restartAfterCalls" and "callTimeoutMs" say when it is started again.`,
  breaker: ({ to, failures, pauseMs }: Omit<EventOf<'server-breaker'>, 'type'>) => {
    if (to === 'closed') return 'A call to the server has worked again: its calls pass.';
    if (to === 'half-open') return 'One call tries whether the server works again.';
    const times = failures === 1 ? 'A call' : `${failures} calls in a row`;
    return `${times} to the server failed because it ended, was gone or took too long: further ones are refused for ${time(pauseMs)}, then one tries whether it works again ("breaker" in "calls"). mcp-pipe logs shows why it fails.`;
  },
  speaks: () => 'The server answers again.',
  hung: ({ livedMs }: { livedMs: number }) =>
    `The server answered neither its calls nor a ping any more and was ended after ${time(livedMs)}.`,
  hungAdvice: () =>
    'Look for a tool that never returns. One that may take longer should report progress; otherwise raise "callTimeoutMs".',
};

import type { FinishedCall } from '../../protocol/finished-call.js';
import { size, time } from './numbers.js';

type CallFacts = Pick<
  FinishedCall,
  'method' | 'id' | 'outcome' | 'code' | 'ms' | 'requestBytes' | 'replyBytes'
> & { tool?: string | undefined };

const outcomes: Record<FinishedCall['outcome'], string> = {
  ok: 'answered',
  error: 'answered with an error',
  'timed-out': 'took too long',
  cancelled: 'cancelled by the endpoint',
  lost: 'lost with its connection',
};

/** One line for each call, with `--log-calls`. */
export const calls = {
  outcomes,
  line: ({ method, tool, id, outcome, code, ms, requestBytes, replyBytes }: CallFacts) => {
    const call = tool === undefined ? method : `"${tool}" (${method})`;
    const reply = replyBytes > 0 ? `, ${size(replyBytes)} back` : '';
    return `${call} ${outcomes[outcome]}${code === undefined ? '' : ` (${code})`} after ${time(ms)}, id ${id}, ${size(requestBytes)} sent${reply}`;
  },
};

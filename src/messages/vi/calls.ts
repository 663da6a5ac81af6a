import type * as en from '../en/calls.js';
import { size, time } from './numbers.js';

const outcomes: typeof en.calls.outcomes = {
  ok: 'đã được trả lời',
  error: 'được trả lời bằng lỗi',
  'timed-out': 'mất quá nhiều thời gian',
  cancelled: 'bị endpoint hủy',
  lost: 'mất theo kết nối',
};

export const calls: typeof en.calls = {
  outcomes,
  line: ({ method, tool, id, outcome, code, ms, requestBytes, replyBytes }) => {
    const call = tool === undefined ? method : `"${tool}" (${method})`;
    const reply = replyBytes > 0 ? `, nhận ${size(replyBytes)}` : '';
    return `${call} ${outcomes[outcome]}${code === undefined ? '' : ` (${code})`} sau ${time(ms)}, id ${id}, gửi ${size(requestBytes)}${reply}`;
  },
};

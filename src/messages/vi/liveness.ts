import type * as en from '../en/liveness.js';
import { formatCall } from '../human.js';
import { time } from './numbers.js';

export const liveness: typeof en.liveness = {
  unanswered: ({ silentMs, running, waitedMs, method, name }) => {
    const others = running > 1 ? `, một trong ${running} lời gọi đang chạy` : '';
    const since =
      silentMs === undefined
        ? 'Từ khi nhận lời gọi, server chưa gửi gì.'
        : `Lần cuối server gửi gì đó là ${time(silentMs)} trước.`;
    return `Đã ${time(waitedMs)} mà chưa có trả lời cho ${formatCall({ method, name })}${others}. ${since} Có tool cần lâu như vậy; nếu tool này thì không, mcp-pipe logs cho thấy server ghi gì.`;
  },
  answered: ({ tookMs, method, name }) =>
    `Trả lời cho ${formatCall({ method, name })} đã đến sau ${time(tookMs)}.`,
  silent: ({ unanswered, pingMs, waitedMs, method, name }) =>
    `Server không trả lời ping đã ${time(pingMs)}, cũng không trả lời ${unanswered === 1 ? formatCall({ method, name }) : `${unanswered} lời gọi, lâu nhất là ${formatCall({ method, name })},`} đã ${time(waitedMs)}: server đang bận với một lời gọi, hoặc bị treo. "restartAfterCalls" và "callTimeoutMs" quy định khi nào nó được khởi động lại.`,
  breaker: ({ to, failures, pauseMs }) => {
    if (to === 'closed')
      return 'Một lời gọi tới server đã thành công trở lại: các lời gọi lại được chuyển đi.';
    if (to === 'half-open') return 'Một lời gọi đang thử xem server đã hoạt động lại chưa.';
    return `${failures} lời gọi liên tiếp tới server thất bại vì nó kết thúc, không còn đó hoặc quá lâu: các lời gọi sau bị từ chối trong ${time(pauseMs)}, rồi một lời gọi thử xem nó đã hoạt động lại chưa ("breaker" trong "calls"). mcp-pipe logs cho thấy vì sao nó lỗi.`;
  },
  speaks: () => 'Server đã trả lời trở lại.',
  hung: ({ livedMs }) => `Server không còn trả lời cả lời gọi lẫn ping nên bị dừng sau ${time(livedMs)}.`,
  hungAdvice: () =>
    'Hãy tìm tool nào không bao giờ trả về kết quả. Tool cần nhiều thời gian hơn thì nên báo tiến độ; nếu không, hãy tăng "callTimeoutMs".',
};

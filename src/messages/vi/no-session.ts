import type { noSession as en, sessionCodes as enCodes } from '../en/no-session.js';
import { count } from './numbers.js';

const named = ({ count: n }: { count: number }) => `${count(n, 'yêu cầu')} nêu`;

export const noSession: typeof en = {
  'other-replica': (missed) =>
    `${named(missed)} phiên của bản sao ${missed.replica}: đã trả lời 404. Nếu bản đó vẫn chạy thì proxy đang gửi phiên nhầm bản sao: hãy để proxy đi theo tên ở đầu Mcp-Session-Id và session_id.`,
  unsigned: (missed) =>
    `${named(missed)} phiên có id bắt đầu bằng tên của bản sao khác, ${missed.replica}: đã trả lời 404. Hoặc proxy gửi phiên nhầm bản sao, hoặc id là bịa; khi mọi bản sao dùng chung một MCP_PIPE_SESSION_KEY thì dòng này nói rõ là trường hợp nào.`,
  'other-caller': (missed) =>
    `${named(missed)} phiên do khóa khác mở: đã trả lời 404. Có thể hai client dùng chung dữ liệu đã lưu; nếu không thì id đã lọt vào tay người khác.`,
  'made-up': (missed) =>
    `${named(missed)} phiên có id bịa hoặc bị sửa, hoặc do bản sao có MCP_PIPE_SESSION_KEY khác cấp: đã trả lời 404.`,
};

export const sessionCodes: typeof enCodes = {
  SESSION_ELSEWHERE: {
    means:
      'Có yêu cầu đến bản sao này với id của phiên do bản sao khác cấp. Yêu cầu được trả lời 404 nên client đã mở phiên mới.',
    next: 'Khi bản sao kia đang vắng thì đây không phải lỗi. Nếu không, hãy xem lại proxy: mỗi phiên phải đến bản sao có tên ở đầu id (docs/vi/gateway.md, "Nhiều bản sao").',
  },
  SESSION_UNSIGNED: {
    means:
      'Có yêu cầu với id bắt đầu bằng tên của bản sao khác. Không biết được bản đó có cấp id này hay không: mỗi bản sao ký bằng khóa riêng.',
    next: 'Hãy đặt cùng một MCP_PIPE_SESSION_KEY cho mọi bản sao, và xem proxy chuyển phiên thế nào.',
  },
  SESSION_OF_OTHER: {
    means: 'Có yêu cầu với id của một phiên đang mở thuộc khóa khác.',
    next: 'Audit log ghi yêu cầu đến bằng khóa nào, từ địa chỉ nào. Nếu đó không phải client có hai khóa của bạn thì hãy thu hồi khóa.',
  },
  SESSION_MADE_UP: {
    means: 'Có yêu cầu với id phiên mà không bản sao nào cấp, hoặc không phải ký bằng khóa này.',
    next: 'Sau khi đổi MCP_PIPE_SESSION_KEY, client còn mang id cũ đến một lần. Nếu không phải vậy, audit log ghi yêu cầu đến từ đâu.',
  },
};

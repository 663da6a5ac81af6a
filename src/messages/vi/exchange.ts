import type * as en from '../en/index.js';
import { count, time } from './numbers.js';

const KINDS = { tool: 'tool', prompt: 'prompt', resource: 'resource', template: 'mẫu resource' };

/** Warnings about what servers list, answer and request. */
export const exchange = {
  listFailed: ({ of, method, why, code, message, waitedMs }) => {
    const words = `${message === undefined ? '' : `: "${message}"`}${code === undefined ? '' : ` (${code})`}`;
    const what = {
      error: `trả lời ${method} bằng một lỗi${words}`,
      'no-list': `trả lời ${method} mà trong đó không có danh sách nào`,
      unanswered: `chưa trả lời ${method} sau ${time(waitedMs ?? 0)}`,
      ended: `đã kết thúc khi được hỏi ${method}`,
    }[why];
    return `${of} ${what}: endpoint không thấy những gì server này cung cấp ở đó. Hãy xem bằng lệnh mcp-pipe tools ${of}; thử bản mới hơn của server, nếu không được thì báo cho tác giả. Server sẽ được hỏi lại ở lần lấy danh sách kế tiếp.`;
  },
  listRecovered: ({ method }) => `Server đã trả lời ${method} trở lại.`,
  listFaults: ({ kind, faults }) => {
    if (faults.length === 0) return `Danh sách của server không còn lỗi (${KINDS[kind]}).`;
    const each = faults.map(
      ({ name, at, isLeftOut }) => `"${name}" (${at.join(', ')}; ${isLeftOut ? 'bị bỏ ra' : 'đã được sửa'})`,
    );
    return `Không đúng chuẩn MCP, client chặt chẽ sẽ vì thế mà từ chối cả danh sách: ${KINDS[kind]} ${each.join(', ')}. Hãy báo cho tác giả của server.`;
  },
  renamed: ({ kind, names }) =>
    `Endpoint chỉ nhận A-Z a-z 0-9 _ - trong tên, nên thấy ${kind === 'tool' ? 'các tool này' : 'các prompt này'} dưới tên: ${names.map(({ from, to }) => `${from} -> ${to}`).join(', ')}. ("toolNames": "keep" giữ nguyên tên.)`,
  argumentsUnchecked: ({ tool, why }) =>
    `Đối số cho ${tool} được chuyển đi mà không kiểm tra: ${
      {
        'no-schema':
          '"inputSchema" của nó không có, quá dài, hoặc không phải JSON Schema theo bản nháp đã biết. Hãy báo cho tác giả của server',
        'too-slow':
          'kiểm tra theo "inputSchema" của nó mất quá nhiều thời gian. Hãy báo cho tác giả của server',
        'too-long': 'đối số của một lời gọi quá dài',
      }[why]
    }.`,
  namesUnfit: ({ is, names }) =>
    is === 'unknown'
      ? `Server không có tool nào mang các tên sau, trong khi "rename" hoặc "describe" đặt tên hay mô tả khác cho chúng: ${names.join(', ')}. Lệnh mcp-pipe tools cho xem các tên mà server có.`
      : `"rename" đặt các tên sau cho tool khác, nên tool của chính server mang các tên đó bị ẩn: ${names.join(', ')}. Muốn dùng cả hai, hãy đặt tên khác.`,
  unmatched: ({ why, id, asked, isCarried }) => {
    const what = {
      'id-type': `với id ${id}, trong khi yêu cầu đang chạy có id ${asked}: id phải được trả về đúng như lúc gửi`,
      duplicate: `với id ${id}, mà yêu cầu đó đã được trả lời rồi`,
      null: `với id ${id}, như thể không đọc được yêu cầu`,
      unasked: `với id ${id}, trong khi không ai hỏi gì dưới id đó`,
    }[why];
    return `Server gửi một câu trả lời ${what}. ${isCarried ? 'Endpoint nhận nó như nguyên bản.' : 'Nó bị bỏ ra.'} Hãy báo cho tác giả của server.`;
  },
  questionsRefused: ({ bound }) =>
    `Server hỏi endpoint cùng lúc hơn ${count(bound, 'câu')} mà chưa có câu nào được trả lời: những câu sau bị từ chối bằng một lỗi cho đến khi có chỗ. Nếu cứ như vậy, hãy báo cho tác giả của server.`,
} satisfies typeof en.exchange;

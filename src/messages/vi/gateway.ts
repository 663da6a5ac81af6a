import type * as en from '../en/gateway.js';

export const gateway: typeof en.gateway = {
  title: ({ keys }) => (keys.length === 0 ? 'Gateway (không có khóa)' : `Gateway (khóa: ${keys.join(', ')})`),
  all: 'mọi server',
  ofAgent: ({ agent }) => `của agent ${agent}`,
  others: 'Client HTTP+SSE dùng địa chỉ tương tự với /sse ở cuối, WebSocket dùng ws://… với /ws.',
  elsewhere: ({ urls }) => `Từ máy khác: ${urls.join(' ')}`,
  at: ({ of, url }) => `Phục vụ ${of} tại ${url}`,
};

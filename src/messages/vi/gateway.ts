import type * as en from '../en/gateway.js';

export const gateway: typeof en.gateway = {
  title: ({ keys, stored }) => {
    if (keys === undefined) return 'Gateway';
    const more = stored === undefined ? [] : [`${stored} của mcp-pipe key`];
    const all = [...keys, ...more];
    return all.length === 0 ? 'Gateway (không có khóa)' : `Gateway (khóa: ${all.join(', ')})`;
  },
  grant: ({ key, opens, until }) =>
    `Khóa ${key} mở ${opens}${until === undefined ? '' : `, đến ${new Date(until).toISOString().slice(0, 10)}`}.`,
  limits: ({ rate, perAddress, concurrent }) =>
    `Giới hạn: ${[
      ...(rate === undefined ? [] : [`${rate} cho mỗi client`]),
      ...(perAddress === undefined ? [] : [`${perAddress} cho mỗi địa chỉ`]),
      ...(concurrent === undefined ? [] : [`mỗi client ${concurrent} lời gọi cùng lúc`]),
    ].join(', ')}.`,
  all: 'mọi server',
  ofAgent: ({ agent }) => `của agent ${agent}`,
  others: 'Client HTTP+SSE dùng địa chỉ tương tự với /sse ở cuối, WebSocket dùng ws://… với /ws.',
  further: ({ urls }) => `Mọi server còn ở: ${urls.join(' ')}`,
  elsewhere: ({ urls }) => `Từ máy khác: ${urls.join(' ')}`,
  states: {
    ready: 'sẵn sàng',
    starting: 'đang khởi động',
    'on-demand': 'khởi động khi có lời gọi',
    failing: 'lỗi liên tiếp, lời gọi bị từ chối',
    silent: 'không trả lời',
    refusing: 'từ chối initialize',
    down: 'đang dừng, sẽ được khởi động lại',
  },
  at: ({ of, url }) => `Phục vụ ${of} tại ${url}`,
};

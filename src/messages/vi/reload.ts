import type * as en from '../en/reload.js';

export const reload: typeof en.reload = {
  began: ({ why }) => `${BEGAN[why]}: đọc lại cấu hình.`,
  unchanged: 'Đã đọc lại cấu hình; không có gì thay đổi.',
  audit: 'Phần audit log đã đổi và có hiệu lực từ bây giờ.',
  alerts: 'Phần cảnh báo đã đổi và có hiệu lực từ bây giờ.',
  sentry: 'Phần báo lỗi cho Sentry đã đổi và có hiệu lực từ bây giờ.',
  otlp: 'Nơi nhận dữ liệu theo dõi đã đổi; thay đổi này có hiệu lực từ lần khởi động sau.',
  redis:
    'Redis mà các máy dùng chung, hoặc cách kết nối tới nó, đã đổi; thay đổi này có hiệu lực từ lần khởi động sau.',
  gateway: 'Gateway đã thay đổi có hiệu lực từ bây giờ.',
  ui: 'Trang trạng thái hoặc số đo đã đổi có hiệu lực từ bây giờ.',
  profiles: 'Client của gateway nhận các server của agent theo cấu hình mới.',
  clients: 'Client của gateway nhận tên tool và các thiết lập theo cấu hình mới.',
  changed: ({ servers, links }) =>
    `Đã đọc lại cấu hình. ${[part('Server', servers), part('Link', links)].filter(Boolean).join(' ')}`,
  behind: ({ servers, variables }) =>
    `${servers.join(', ')} vẫn chạy với môi trường lúc khởi động, chưa có thay đổi của ${variables.join(', ')}: không mục nào trong cấu hình nhắc đến. Nếu server nào cần, hãy chạy mcp-pipe restart.`,
  refused: ({ errors, watching }) =>
    `Không dùng được cấu hình vừa sửa${errors > 0 ? ` (${errors} lỗi)` : ''}. mcp-pipe vẫn chạy với cấu hình trước đó; ${watching ? 'hãy sửa file, nó sẽ được tự đọc lại' : 'hãy sửa file rồi chạy mcp-pipe reload'}.`,
  paused: ({ name }) =>
    `${name} đang tạm dừng. Chạy mcp-pipe resume để chạy tiếp; khi mcp-pipe khởi động lại thì nó cũng chạy lại.`,
  resumed: ({ name }) => `${name} đã chạy tiếp.`,
  cannotReload:
    'mcp-pipe này chạy mà không có cấu hình nào để đọc lại. Hãy dừng nó, rồi chạy lại với một file cấu hình.',
  stopping:
    'mcp-pipe đang dừng nên không thay đổi gì nữa. Hãy chạy lại nó: lúc đó nó đọc các file như chúng đang có.',
  cannotStop: 'mcp-pipe này không dừng qua socket điều khiển: hãy kết thúc nó ở nơi đã khởi động nó.',
  unknownName: ({ name, names }) =>
    `Không có server, link hay agent nào tên là "${name}". Hiện có: ${names.join(', ')}.`,
};

const BEGAN = {
  SIGHUP: 'SIGHUP',
  'file-changed': 'Một file của cấu hình đã thay đổi',
  asked: 'mcp-pipe reload',
};

function part(what: string, { added, removed, restarted, updated, kept }: en.Changes): string {
  const said = [
    ...list('thêm', added),
    ...list('bỏ', removed),
    ...list('khởi động lại', restarted),
    ...list('thay đổi trong khi chạy', updated),
    ...(kept > 0 ? [`${kept} giữ nguyên`] : []),
  ];
  return said.length === 0 ? '' : `${what}: ${said.join('; ')}.`;
}

function list(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}

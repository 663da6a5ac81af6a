import type { settings as en } from '../en/settings.js';

export const settings: typeof en = {
  about: 'Chỉ cho trang này trên thiết bị này.',
  key: 'Khóa',
  keyInUse: ({ fingerprint, canWrite }) =>
    canWrite
      ? `Đã đăng nhập với khóa ${fingerprint}; được khởi động lại và gọi tool.`
      : `Đã đăng nhập với khóa ${fingerprint}; chỉ được xem, không được thao tác.`,
  noKey: 'Ở đây mcp-pipe không hỏi khóa, vì chỉ máy này mới mở được trang.',
  forget: 'Quên khóa trên thiết bị này',
  language: 'Ngôn ngữ',
  languages: { en: 'English', vi: 'Tiếng Việt' },
  languageAbout: 'Lời của trang, và lời mà mcp-pipe gửi cho trang.',
  theme: 'Nền',
  themes: { system: 'Theo hệ thống', light: 'Sáng', dark: 'Tối' },
  shortcuts: 'Phím tắt',
  shortcutsAbout: 'Phím đơn, khi không ở trong ô nhập.',
  keys: {
    find: 'tìm server',
    next: 'lỗi kế tiếp',
    all: 'mọi phím',
    close: 'đóng hộp thoại',
  },
  turnOn: 'Bật',
  turnOff: 'Tắt',
  form: {
    head: 'Trang này cần khóa',
    about: 'mcp-pipe đã in ra một liên kết kèm khóa lúc khởi động.',
    where: 'Lệnh mcp-pipe ui in lại liên kết đó.',
    label: 'Khóa',
    open: 'Mở',
    empty: 'Hãy nhập khóa trước.',
    failed: 'mcp-pipe không trả lời. Hãy thử lại khi nó chạy.',
  },
};

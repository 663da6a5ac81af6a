/** Words of the settings, and of the form that asks for the key. */
const en = {
  about: 'Of this page on this device only.',
  key: 'Key',
  keyInUse: ({ fingerprint, canWrite }: { fingerprint: string; canWrite: boolean }) =>
    canWrite
      ? `Signed in with key ${fingerprint}; may restart and call.`
      : `Signed in with key ${fingerprint}; may read, not act.`,
  noKey: 'mcp-pipe asks for no key here, for the page is only reachable from this machine.',
  forget: 'Forget it on this device',
  language: 'Language',
  languages: { en: 'English', vi: 'Tiếng Việt' },
  languageAbout: 'The words of the page, and those that mcp-pipe tells it.',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  shortcuts: 'Keys of the keyboard',
  shortcutsAbout: 'Single keys, outside of fields.',
  keys: {
    find: 'find a server',
    next: 'next fault',
    all: 'all keys',
    close: 'close a dialog',
  },
  turnOn: 'Turn on',
  turnOff: 'Turn off',
  form: {
    head: 'This page needs its key',
    about: 'mcp-pipe printed a link with the key when it started.',
    where: 'The command mcp-pipe ui prints it again.',
    label: 'Key',
    open: 'Open',
    empty: 'Write the key first.',
    failed: 'mcp-pipe does not answer. Try again when it runs.',
  },
};

const vi: typeof en = {
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

export const settings = { en, vi };

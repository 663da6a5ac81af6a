const en = {
  help: {
    about: 'Removes a server from the configuration, whose comments and order stay.',
    server: 'the name of the server',
    more: `
Examples:
  mcp-pipe remove memory
  mcp-pipe remove memory --config other.json
`,
  },
  removed: ({ name, file }: { name: string; file: string }) =>
    `${name} removed from ${file}. What .env holds for it stays.`,
};

const vi: typeof en = {
  help: {
    about: 'Xóa một server khỏi cấu hình; chú thích và thứ tự trong file được giữ nguyên.',
    server: 'tên của server',
    more: `
Ví dụ:
  mcp-pipe remove memory
  mcp-pipe remove memory --config other.json
`,
  },
  removed: ({ name, file }) => `Đã xóa ${name} khỏi ${file}. Những gì .env có cho server này vẫn được giữ.`,
};

/** The words of `mcp-pipe remove`, in both languages. */
export const texts = { en, vi };

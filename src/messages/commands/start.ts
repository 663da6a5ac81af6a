const en = {
  help: {
    about: 'Runs the servers, as mcp-pipe without a command does.',
    more: `
Examples:
  mcp-pipe start                             every server of ./mcp_config.json, as mcp-pipe does
  mcp-pipe start status                      a server whose name is that of a command
`,
  },
};

const vi: typeof en = {
  help: {
    about: 'Chạy các server, giống như mcp-pipe không kèm lệnh.',
    more: `
Ví dụ:
  mcp-pipe start                             mọi server trong ./mcp_config.json, giống như mcp-pipe
  mcp-pipe start status                      một server trùng tên với một lệnh
`,
  },
};

/** The words of `mcp-pipe start`, in both languages. */
export const texts = { en, vi };

const en = {
  help: {
    about: 'Puts a paused server or link back into the running mcp-pipe.',
    name: 'server, link or agent',
    more: `
Examples:
  mcp-pipe resume memory                     the server memory is started again

Exit codes: 0 it goes on, or was not paused; 2 unknown name; 3 no mcp-pipe of this configuration runs; 1 it cannot do it.
`,
  },
  waiting: ({ name }: { name: string }) => `resuming ${name}`,
  done: ({ names }: { names: string }) => `Goes on: ${names}. mcp-pipe status shows when it is ready.`,
  nothing: ({ name }: { name: string }) => `${name} was not paused.`,
};

const vi: typeof en = {
  help: {
    about: 'Cho một server hoặc link đang tạm dừng chạy tiếp trong mcp-pipe đang chạy.',
    name: 'server, link hoặc agent',
    more: `
Ví dụ:
  mcp-pipe resume memory                     server memory chạy lại

Mã thoát: 0 nó chạy tiếp, hoặc vốn không bị tạm dừng; 2 tên không có; 3 không có mcp-pipe nào của cấu hình này đang chạy; 1 nó không làm được.
`,
  },
  waiting: ({ name }) => `đang cho ${name} chạy tiếp`,
  done: ({ names }) => `Chạy tiếp: ${names}. mcp-pipe status cho biết khi nào nó sẵn sàng.`,
  nothing: ({ name }) => `${name} không bị tạm dừng.`,
};

/** The words of `mcp-pipe resume`, in both languages. */
export const texts = { en, vi };

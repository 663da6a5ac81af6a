const en = {
  help: {
    about: 'Takes a server or link out of the running mcp-pipe until mcp-pipe resume.',
    name: 'server, link or agent',
    more: `
Examples:
  mcp-pipe pause memory                      the server memory ends after its calls; the other servers go on
  mcp-pipe resume memory                     it is started again

A pause lasts until mcp-pipe resume, or until mcp-pipe itself is started again. To switch a server off for good: mcp-pipe disable.
Exit codes: 0 paused; 2 unknown name; 3 no mcp-pipe of this configuration runs; 1 it cannot do it.
`,
  },
  waiting: ({ name }: { name: string }) => `pausing ${name}, after its calls`,
  done: ({ names, name }: { names: string; name: string }) =>
    `Paused: ${names}. mcp-pipe resume ${name} lets it go on; it also goes on when mcp-pipe is started again.`,
  nothing: ({ name }: { name: string }) =>
    `${name} was paused already. mcp-pipe resume ${name} lets it go on.`,
};

const vi: typeof en = {
  help: {
    about: 'Tạm dừng một server hoặc link của mcp-pipe đang chạy cho đến khi có mcp-pipe resume.',
    name: 'server, link hoặc agent',
    more: `
Ví dụ:
  mcp-pipe pause memory                      server memory dừng sau các lời gọi của nó; các server khác vẫn chạy
  mcp-pipe resume memory                     nó chạy lại

Việc tạm dừng kéo dài đến khi có mcp-pipe resume, hoặc đến khi chính mcp-pipe được chạy lại. Để tắt hẳn một server: mcp-pipe disable.
Mã thoát: 0 đã tạm dừng; 2 tên không có; 3 không có mcp-pipe nào của cấu hình này đang chạy; 1 nó không làm được.
`,
  },
  waiting: ({ name }) => `đang tạm dừng ${name}, sau các lời gọi của nó`,
  done: ({ names, name }) =>
    `Đã tạm dừng: ${names}. mcp-pipe resume ${name} cho chạy tiếp; nó cũng chạy tiếp khi mcp-pipe được chạy lại.`,
  nothing: ({ name }) => `${name} đã được tạm dừng từ trước. mcp-pipe resume ${name} cho chạy tiếp.`,
};

/** The words of `mcp-pipe pause`, in both languages. */
export const texts = { en, vi };

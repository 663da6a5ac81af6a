const en = {
  help: {
    about: 'Keeps servers or agents in the configuration without starting them. Comments and order stay.',
    names: 'names of servers or agents',
    json: 'print what was changed as JSON',
    more: `
Examples:
  mcp-pipe disable memory                    its entry says "disabled": true from now on
  mcp-pipe disable memory files              several at once: all of them, or none
  mcp-pipe disable kitchen                   an agent: its connections end, and nothing else does

A disabled server still starts when it is asked for by its name (mcp-pipe memory), a disabled agent with --agent.
A running mcp-pipe takes it over at once. Exit codes: 0 done, or they were disabled already; 1 the file says so, but the
running mcp-pipe could not take it over; 2 there is no such name, or the file cannot be edited.
`,
  },
};

const vi: typeof en = {
  help: {
    about:
      'Giữ server hoặc agent trong cấu hình nhưng không chạy; chú thích và thứ tự trong file được giữ nguyên.',
    names: 'tên các server hoặc agent',
    json: 'in những gì đã đổi dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe disable memory                    mục của nó từ nay có "disabled": true
  mcp-pipe disable memory files              nhiều tên cùng lúc: tắt hết, hoặc không tắt gì
  mcp-pipe disable kitchen                   một agent: chỉ các kết nối của nó dừng lại

Server đang tắt vẫn chạy khi được gọi bằng tên (mcp-pipe memory), agent đang tắt vẫn kết nối khi có --agent.
mcp-pipe đang chạy áp dụng ngay. Mã thoát: 0 đã xong, hoặc đã tắt từ trước; 1 đã ghi vào file nhưng mcp-pipe đang chạy
không áp dụng được; 2 không có tên đó, hoặc không sửa được file.
`,
  },
};

/** The help of `mcp-pipe disable`, in both languages. What it prints is in `enable`. */
export const texts = { en, vi };

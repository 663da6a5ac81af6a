const en = {
  help: {
    about: 'Starts servers or agents of the configuration again that are disabled. Comments and order stay.',
    names: 'names of servers or agents',
    json: 'print what was changed as JSON',
    more: `
Examples:
  mcp-pipe enable memory
  mcp-pipe enable memory files               several at once: all of them, or none
  mcp-pipe enable kitchen                    an agent, with its connections

A running mcp-pipe takes it over at once. Exit codes: 0 done, or they were enabled already; 1 the file says so, but the
running mcp-pipe could not take it over; 2 there is no such name, or the file cannot be edited.
`,
  },
  switched: ({ names, isOn, file }: { names: readonly string[]; isOn: boolean; file: string }) =>
    `${names.join(', ')} ${isOn ? 'enabled' : 'disabled'} in ${file}.`,
  already: ({ names, isOn }: { names: readonly string[]; isOn: boolean }) =>
    `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} ${isOn ? 'enabled' : 'disabled'} already.`,
  nothingLeft:
    'No server is enabled any more: mcp-pipe has nothing to start. One that runs goes on as before; mcp-pipe stop ends it.',
};

const vi: typeof en = {
  help: {
    about:
      'Bật lại server hoặc agent đang tắt trong cấu hình; chú thích và thứ tự trong file được giữ nguyên.',
    names: 'tên các server hoặc agent',
    json: 'in những gì đã đổi dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe enable memory
  mcp-pipe enable memory files               nhiều tên cùng lúc: bật hết, hoặc không bật gì
  mcp-pipe enable kitchen                    một agent, cùng các kết nối của nó

mcp-pipe đang chạy áp dụng ngay. Mã thoát: 0 đã xong, hoặc đã bật từ trước; 1 đã ghi vào file nhưng mcp-pipe đang chạy
không áp dụng được; 2 không có tên đó, hoặc không sửa được file.
`,
  },
  switched: ({ names, isOn, file }) => `Đã ${isOn ? 'bật' : 'tắt'} ${names.join(', ')} trong ${file}.`,
  already: ({ names, isOn }) => `${names.join(', ')} đã ${isOn ? 'bật' : 'tắt'} từ trước.`,
  nothingLeft:
    'Không còn server nào được bật: mcp-pipe không có gì để khởi động. mcp-pipe đang chạy vẫn chạy như trước; mcp-pipe stop dừng nó.',
};

/** The words of `mcp-pipe enable`, and what `mcp-pipe disable` prints, in both languages. */
export const texts = { en, vi };

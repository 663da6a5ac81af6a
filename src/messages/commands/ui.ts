const en = {
  help: {
    about: 'Prints where the status page of the running mcp-pipe is, with the key that mcp-pipe made for it.',
    json: 'print address and kind of key as JSON, without the key',
    more: `
Examples:
  mcp-pipe --ui                              serves the page on this machine: http://127.0.0.1:7420/
  mcp-pipe start -d --ui                     the same in the background
  mcp-pipe ui                                where it is
  mcp-pipe --ui 0.0.0.0:7420                 for phones and other machines of the network, with a key
  docker exec mcp-pipe mcp-pipe ui           the link of the page of a container

Exit codes: 0 printed; 1 the running mcp-pipe serves no page; 3 no mcp-pipe of this configuration runs.
`,
  },
  waiting: 'asking the running mcp-pipe where its page is',
  none: 'The running mcp-pipe serves no status page.',
  next: 'Write "ui": true into the configuration (mcp-pipe reload takes it over), or start it with --ui.',
};

const vi: typeof en = {
  help: {
    about: 'In ra địa chỉ trang trạng thái của mcp-pipe đang chạy, kèm khóa mà mcp-pipe đã tạo cho trang.',
    json: 'in địa chỉ và loại khóa dưới dạng JSON, không kèm khóa',
    more: `
Ví dụ:
  mcp-pipe --ui                              phục vụ trang trên máy này: http://127.0.0.1:7420/
  mcp-pipe start -d --ui                     như trên, ở chế độ nền
  mcp-pipe ui                                trang ở đâu
  mcp-pipe --ui 0.0.0.0:7420                 cho điện thoại và máy khác trong mạng, có khóa
  docker exec mcp-pipe mcp-pipe ui           liên kết tới trang của một container

Mã thoát: 0 đã in; 1 mcp-pipe đang chạy không phục vụ trang nào; 3 không có mcp-pipe nào của cấu hình này đang chạy.
`,
  },
  waiting: 'đang hỏi mcp-pipe đang chạy trang của nó ở đâu',
  none: 'mcp-pipe đang chạy không phục vụ trang trạng thái.',
  next: 'Ghi "ui": true vào cấu hình (mcp-pipe reload sẽ áp dụng), hoặc khởi động nó với --ui.',
};

/** The words of `mcp-pipe ui`, in both languages. */
export const texts = { en, vi };

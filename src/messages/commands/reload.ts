const en = {
  help: {
    about: 'Lets the running mcp-pipe read its configuration again; only what has changed is started anew.',
    more: `
Examples:
  mcp-pipe reload                            takes over mcp_config.json, .env and the files that they name
  mcp-pipe reload --json                     what was done, for programs
  kill -HUP PID                              the same, for programs that send a signal

A configuration with an error is refused as a whole, and what ran before runs on. With mcp-pipe start --watch, every change is taken over at once.
Exit codes: 0 taken over, or nothing has changed; 2 refused, with each error; 3 no mcp-pipe of this configuration runs; 1 it
cannot do it.
`,
  },
  waiting: 'the configuration is read again; calls of what has changed end first',
};

const vi: typeof en = {
  help: {
    about: 'Yêu cầu mcp-pipe đang chạy đọc lại cấu hình; chỉ những gì đã thay đổi mới được khởi động lại.',
    more: `
Ví dụ:
  mcp-pipe reload                            áp dụng mcp_config.json, .env và các file mà chúng nhắc đến
  mcp-pipe reload --json                     những gì đã làm, cho chương trình khác đọc
  kill -HUP PID                              như trên, cho chương trình gửi tín hiệu

Cấu hình có lỗi bị từ chối toàn bộ, và những gì đang chạy vẫn chạy tiếp. Với mcp-pipe start --watch, mọi thay đổi được áp dụng ngay.
Mã thoát: 0 đã áp dụng hoặc không có gì thay đổi; 2 bị từ chối, kèm từng lỗi; 3 không có mcp-pipe nào của cấu hình này đang chạy;
1 nó không làm được.
`,
  },
  waiting: 'đang đọc lại cấu hình; lời gọi của những gì đã thay đổi được làm xong trước',
};

/** The words of `mcp-pipe reload`, in both languages. */
export const texts = { en, vi };

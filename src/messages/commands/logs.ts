const en = {
  help: {
    about: 'Shows the log of the running mcp-pipe: of all of it, or of one server, link or agent.',
    name: 'server, link or agent (default: everything)',
    follow: 'go on with what is logged from now on, until Ctrl-C',
    since: 'only what is as old as this at most: 30s, 10m, 2h, 1d, or a time such as 2026-01-31T14:00',
    lines: 'the latest lines only, this many (default: 100, or all with --since)',
    level: 'the lowest level to show (default: info); the running mcp-pipe keeps debug and higher',
    json: 'one JSON object per line, as the log in JSON has them',
    more: `
Examples:
  mcp-pipe logs                              the latest 100 lines
  mcp-pipe logs memory -f                    those of the server memory, and all that follow
  mcp-pipe logs --since 10m --log-level debug   the last ten minutes, in detail
  mcp-pipe logs --json -n 1000 | jq .msg     for programs

The running mcp-pipe keeps its latest 5,000 lines in memory, what its servers write to stderr included. When none runs, the
log file of the one that was started with "mcp-pipe start -d" is shown.
Exit codes: 0 shown, 2 wrong usage or unknown name, 3 no mcp-pipe of this configuration runs and there is no log file.
`,
  },
  dropped: ({ count }: { count: number }) => `${count} earlier lines are no longer kept in memory.`,
  none: ({ name }: { name: string | undefined }) =>
    name === undefined
      ? 'Nothing was logged in that time.'
      : `Nothing was logged about ${name} in that time.`,
  gone: ({ seconds }: { seconds: number }) =>
    `The running mcp-pipe has ended. Waiting ${seconds} s for it to come back; Ctrl-C ends this.`,
  back: 'mcp-pipe runs again.',
  fromFile: ({ file }: { file: string }) =>
    `No mcp-pipe of this configuration runs; this is the end of ${file}`,
};

const vi: typeof en = {
  help: {
    about: 'Xem log của mcp-pipe đang chạy: toàn bộ, hoặc chỉ một server, link hay agent.',
    name: 'server, link hoặc agent (mặc định: tất cả)',
    follow: 'xem tiếp những dòng mới cho đến khi bấm Ctrl-C',
    since: 'chỉ những dòng mới hơn mốc này: 30s, 10m, 2h, 1d, hoặc một thời điểm như 2026-01-31T14:00',
    lines: 'chỉ chừng này dòng mới nhất (mặc định: 100, hoặc tất cả khi có --since)',
    level: 'mức thấp nhất được hiển thị (mặc định: info); mcp-pipe đang chạy giữ từ mức debug trở lên',
    json: 'mỗi dòng một đối tượng JSON, như trong log dạng JSON',
    more: `
Ví dụ:
  mcp-pipe logs                              100 dòng mới nhất
  mcp-pipe logs memory -f                    các dòng của server memory, và mọi dòng tiếp theo
  mcp-pipe logs --since 10m --log-level debug   mười phút qua, thật chi tiết
  mcp-pipe logs --json -n 1000 | jq .msg     cho chương trình khác đọc

mcp-pipe đang chạy giữ 5.000 dòng mới nhất trong bộ nhớ, kể cả những gì server ghi ra stderr. Khi không có mcp-pipe nào chạy,
lệnh này cho xem file log của lần chạy bằng "mcp-pipe start -d".
Mã thoát: 0 đã hiển thị, 2 dùng sai hoặc tên không có, 3 không có mcp-pipe nào của cấu hình này đang chạy và cũng không có file log.
`,
  },
  dropped: ({ count }) => `${count} dòng trước đó không còn trong bộ nhớ.`,
  none: ({ name }) =>
    name === undefined
      ? 'Không có gì được ghi trong thời gian đó.'
      : `Không có gì về ${name} được ghi trong thời gian đó.`,
  gone: ({ seconds }) =>
    `mcp-pipe đang chạy đã dừng. Chờ nó chạy lại trong ${seconds} giây; bấm Ctrl-C để thôi.`,
  back: 'mcp-pipe đã chạy lại.',
  fromFile: ({ file }) => `Không có mcp-pipe nào của cấu hình này đang chạy; đây là phần cuối của ${file}`,
};

/** The words of `mcp-pipe logs`, in both languages. */
export const texts = { en, vi };

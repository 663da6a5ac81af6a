const en = {
  help: {
    about:
      'Shows the audit log: who has called what, when, for how long, with which outcome; and what was refused. With --packages: what the registries say of the locked packages of the servers.',
    since: 'only what is as old as this at most: 30s, 10m, 2h, 1d, or a time such as 2026-01-31T14:00',
    until: 'only what is at least as old as this, written as --since',
    key: 'of this key; globs with * and ? in all of these: "an*"',
    server: 'calls to this server',
    tool: 'calls of this tool',
    outcome: 'with this outcome: ok, error, timed-out, cancelled, lost; of what was refused, why: "not-*"',
    kind: 'lines of this kind alone',
    requestId: 'the call with this id, as X-Request-Id and errors have it',
    lines: 'the latest lines only, this many (default: 100, or all with --since)',
    follow: 'go on with what is written from now on, until Ctrl-C',
    summary: 'calls, errors and times by key, server and tool (default: of the last day)',
    json: 'the lines as they are, one JSON object each; with --summary one array, with --packages one object',
    packages:
      'instead of the log: for the locked packages of all servers, or of this one, what npm and PyPI say of their versions',
    fresh: 'with --packages: ask the registries again, although they were asked within the last day',
    strict: 'with --packages: exit code 6 for what is doubtful, too',
    more: `
Examples:
  mcp-pipe audit                              the latest 100 lines
  mcp-pipe audit --since 1h --key an          what the key "an" has called in the last hour
  mcp-pipe audit --tool 'delete_*' -f         calls of these tools, and those that follow
  mcp-pipe audit --kind refused --since 1d    what was refused today, and why
  mcp-pipe audit --summary --since 7d         a week, by key, server and tool
  mcp-pipe audit --json -n 1000 | jq 'select(.ms > 1000)'
  mcp-pipe audit --packages                   the locked packages of all servers, the worst first

It reads the files, rotated ones too; no mcp-pipe has to run. "audit": true in the configuration, or --audit, begins one.
Exit codes: 0 shown, 2 wrong usage, 3 there is no audit log.
With --packages: 0 nothing bad, 6 something bad was found, 1 a registry could not be asked, 2 wrong usage, 3 no package is locked.
`,
  },
  columns: { key: 'key', calls: 'calls', errors: 'errors' },
  none: 'The audit log has no such lines.',
  noFile: ({ file }: { file: string }) =>
    `There is no audit log at ${file}. Write "audit": true into the configuration, or start mcp-pipe with --audit.`,
};

const vi: typeof en = {
  help: {
    about:
      'Xem audit log: ai đã gọi gì, lúc nào, mất bao lâu, kết quả ra sao; và những gì đã bị từ chối. Với --packages: các registry nói gì về package đã khóa của các server.',
    since: 'chỉ những dòng mới hơn mốc này: 30s, 10m, 2h, 1d, hoặc một thời điểm như 2026-01-31T14:00',
    until: 'chỉ những dòng cũ hơn mốc này, viết như --since',
    key: 'của khóa này; mọi lựa chọn ở đây đều nhận mẫu có * và ?: "an*"',
    server: 'các lời gọi tới server này',
    tool: 'các lời gọi tool này',
    outcome:
      'có kết quả này: ok, error, timed-out, cancelled, lost; với yêu cầu bị từ chối thì là lý do: "not-*"',
    kind: 'chỉ các dòng thuộc loại này',
    requestId: 'lời gọi có id này, như trong X-Request-Id và trong các lỗi',
    lines: 'chỉ chừng này dòng mới nhất (mặc định: 100, hoặc tất cả khi có --since)',
    follow: 'xem tiếp những dòng mới cho đến khi bấm Ctrl-C',
    summary: 'số lời gọi, số lỗi và thời gian theo khóa, server và tool (mặc định: trong một ngày qua)',
    json: 'các dòng nguyên văn, mỗi dòng một đối tượng JSON; cùng --summary thì là một mảng, cùng --packages thì là một đối tượng',
    packages:
      'thay cho log: npm và PyPI nói gì về phiên bản của các package đã khóa, của mọi server hoặc của server này',
    fresh: 'cùng --packages: hỏi lại các registry, dù trong một ngày qua đã hỏi',
    strict: 'cùng --packages: mã thoát 6 cả với những gì đáng ngờ',
    more: `
Ví dụ:
  mcp-pipe audit                              100 dòng mới nhất
  mcp-pipe audit --since 1h --key an          những gì khóa "an" đã gọi trong một giờ qua
  mcp-pipe audit --tool 'delete_*' -f         các lời gọi những tool này, và các lời gọi tiếp theo
  mcp-pipe audit --kind refused --since 1d    những gì bị từ chối hôm nay, và vì sao
  mcp-pipe audit --summary --since 7d         một tuần, theo khóa, server và tool
  mcp-pipe audit --json -n 1000 | jq 'select(.ms > 1000)'
  mcp-pipe audit --packages                   package đã khóa của mọi server, tệ nhất trước

Lệnh này đọc các file, kể cả những file cũ đã đổi tên; không cần mcp-pipe đang chạy. "audit": true trong cấu hình, hoặc --audit,
bắt đầu ghi.
Mã thoát: 0 đã hiển thị, 2 dùng sai, 3 không có audit log.
Với --packages: 0 không có gì xấu, 6 có điều xấu, 1 không hỏi được một registry, 2 dùng sai, 3 chưa có package nào được khóa.
`,
  },
  columns: { key: 'khóa', calls: 'lời gọi', errors: 'lỗi' },
  none: 'Audit log không có dòng nào như vậy.',
  noFile: ({ file }) =>
    `Không có audit log tại ${file}. Hãy ghi "audit": true vào cấu hình, hoặc chạy mcp-pipe với --audit.`,
};

/** The words of `mcp-pipe audit`, in both languages. */
export const texts = { en, vi };

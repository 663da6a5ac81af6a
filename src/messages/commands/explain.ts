import { count, time } from '../en/numbers.js';
import { count as countVi, time as timeVi } from '../vi/numbers.js';

interface Written {
  at: string;
  mcpPipe: string;
  pid: number;
}

interface Answer {
  /** The call, in quotes where it has a name. */
  call: string;
  ms: number;
}

const en = {
  help: {
    about:
      'Shows what happened on a link before it went wrong, and what to do: the newest black box, or the one in FILE.',
    what: 'a file of a black box, or the name of a link; default: the newest of this configuration',
    now: 'ask the running mcp-pipe to write what it has in memory now, and show that',
    json: 'print it as JSON',
    more: `
Examples:
  mcp-pipe explain                       the last link that ended in another way than planned
  mcp-pipe explain calculator            the last time that the link calculator did
  mcp-pipe explain FILE                  the file that the log has named
  mcp-pipe explain --now calculator      what has happened on the link so far; mcp-pipe has to run
  mcp-pipe explain --json | jq .diagnosis

A black box holds the last 200 messages of a link, and its events: times, methods, tools, sizes. Arguments, results and
secrets are not in it, so you can give the file to others.

Exit codes: 0 shown, or nothing to show; 1 the running mcp-pipe cannot write; 2 the file cannot be read, or no link has
that name; 3 with --now, mcp-pipe does not run.
`,
  },
  title: ({ link }: { link: string }) => `Black box of link ${link}`,
  written: ({ at, mcpPipe, pid }: Written) => `written ${at} by mcp-pipe ${mcpPipe} (pid ${pid})`,
  why: {
    'connection-ended': 'because the connection ended in another way than planned',
    'server-ended': 'because a server ended that was to run',
    exception: 'because mcp-pipe itself failed',
    asked: 'because you asked for it',
  } as Readonly<Record<string, string>>,
  unwritten: ({ count: n }: { count: number }) =>
    `${count(n, 'further end was', 'further ends were')} not written: files of one link are at least a minute apart.`,
  times: 'Times are minutes:seconds before the end of the records.',
  empty: 'There are no records.',
  passes: ({ ms }: { ms: number }) => `${time(ms)} without a message`,
  pings: ({ count: n }: { count: number }) => `${count(n, 'further message')} of ping`,
  repeated: ({ count: n }: { count: number }) => `(${n} times)`,
  after: ({ ms }: { ms: number }) => `after ${time(ms)}`,
  error: ({ code }: { code: number | undefined }) => (code === undefined ? 'error' : `error ${code}`),
  reply: 'an answer',
  diagnosis: 'What it says',
  connection: 'Connection',
  next: 'What to do',
  calls: 'Calls',
  exception: ({ name }: { name: string }) =>
    `mcp-pipe failed: ${name}. Its text was written to stderr; it was thrown here:`,
  unanswered: ({ calls, more }: { calls: readonly string[]; more: number }) =>
    `Not answered: ${calls.join(', ')}${more > 0 ? `, and ${more} more` : ''}.`,
  waited: ({ call, id, ms }: Answer & { id: string }) => `${call} (id ${id}, waited ${time(ms)})`,
  errors: ({ answers, errors }: { answers: number; errors: readonly string[] }) =>
    `Of ${count(answers, 'answer')}, some were errors: ${errors.join(', ')}.`,
  slowest: ({ call, ms }: Answer) => `The slowest answer was that to ${call}, after ${time(ms)}.`,
  silent: ({ ms }: { ms: number }) =>
    `The endpoint had sent nothing for ${time(ms)} when the connection ended.`,
  good: 'Nothing went wrong in these records.',
  none: 'No black box has been written for this configuration: no link and no server has ended in another way than planned.',
  noneNext: 'To see what happens on a running link: mcp-pipe explain --now',
};

const vi: typeof en = {
  help: {
    about:
      'Cho xem điều gì đã xảy ra trên một link trước khi có sự cố và cần làm gì: hộp đen mới nhất, hoặc hộp đen trong FILE.',
    what: 'file của một hộp đen, hoặc tên một link; mặc định: hộp đen mới nhất của cấu hình này',
    now: 'yêu cầu mcp-pipe đang chạy ghi lại những gì đang có trong bộ nhớ, rồi cho xem',
    json: 'in dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe explain                       lần gần nhất một link kết thúc ngoài dự kiến
  mcp-pipe explain calculator            lần gần nhất của link calculator
  mcp-pipe explain FILE                  file mà log đã nêu
  mcp-pipe explain --now calculator      những gì đã xảy ra trên link tới lúc này; mcp-pipe phải đang chạy
  mcp-pipe explain --json | jq .diagnosis

Hộp đen giữ 200 message cuối của một link cùng các sự kiện: thời điểm, method, tool, kích thước. Không có đối số, kết quả
hay giá trị bí mật, nên bạn có thể gửi file này cho người khác.

Mã thoát: 0 đã hiện, hoặc không có gì để hiện; 1 mcp-pipe đang chạy không ghi được; 2 không đọc được file, hoặc không link
nào có tên đó; 3 với --now, mcp-pipe không chạy.
`,
  },
  title: ({ link }) => `Hộp đen của link ${link}`,
  written: ({ at, mcpPipe, pid }) => `mcp-pipe ${mcpPipe} (pid ${pid}) ghi lúc ${at}`,
  why: {
    'connection-ended': 'vì kết nối kết thúc ngoài dự kiến',
    'server-ended': 'vì một server lẽ ra phải chạy đã dừng',
    exception: 'vì chính mcp-pipe gặp lỗi',
    asked: 'vì bạn yêu cầu',
  },
  unwritten: ({ count: n }) =>
    `Không ghi ${countVi(n, 'lần kết thúc')} khác: các file của một link cách nhau ít nhất một phút.`,
  times: 'Thời gian là phút:giây trước khi bản ghi kết thúc.',
  empty: 'Không có bản ghi nào.',
  passes: ({ ms }) => `${timeVi(ms)} không có message nào`,
  pings: ({ count: n }) => `thêm ${countVi(n, 'message')} ping`,
  repeated: ({ count: n }) => `(${n} lần)`,
  after: ({ ms }) => `sau ${timeVi(ms)}`,
  error: ({ code }) => (code === undefined ? 'lỗi' : `lỗi ${code}`),
  reply: 'một câu trả lời',
  diagnosis: 'Kết luận',
  connection: 'Kết nối',
  next: 'Cần làm',
  calls: 'Lời gọi',
  exception: ({ name }) =>
    `mcp-pipe gặp lỗi: ${name}. Nội dung lỗi đã được in ra stderr; lỗi phát sinh tại đây:`,
  unanswered: ({ calls, more }) =>
    `Chưa được trả lời: ${calls.join(', ')}${more > 0 ? ` và ${more} lời gọi nữa` : ''}.`,
  waited: ({ call, id, ms }) => `${call} (id ${id}, đã chờ ${timeVi(ms)})`,
  errors: ({ answers, errors }) => `Trong ${countVi(answers, 'câu trả lời')} có lỗi: ${errors.join(', ')}.`,
  slowest: ({ call, ms }) => `Câu trả lời chậm nhất là cho ${call}, sau ${timeVi(ms)}.`,
  silent: ({ ms }) => `Khi kết nối kết thúc, endpoint đã không gửi gì trong ${timeVi(ms)}.`,
  good: 'Không có gì trục trặc trong các bản ghi này.',
  none: 'Chưa có hộp đen nào được ghi cho cấu hình này: chưa link hay server nào kết thúc ngoài dự kiến.',
  noneNext: 'Để xem điều gì đang xảy ra trên một link đang chạy: mcp-pipe explain --now',
};

/** The words of `mcp-pipe explain`, in both languages. */
export const texts = { en, vi };

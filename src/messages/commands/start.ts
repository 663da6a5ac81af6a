import { time } from '../en/numbers.js';
import { time as timeVi } from '../vi/numbers.js';

const en = {
  help: {
    about: 'Runs the servers, as mcp-pipe without a command does; with -d in the background.',
    detach: 'run in the background: it goes on when this terminal is closed',
    json: 'with -d: print pid and log file as JSON',
    more: `
Examples:
  mcp-pipe start                             every server of ./mcp_config.json, as mcp-pipe does
  mcp-pipe start -d                          the same in the background
  mcp-pipe start -d --watch                  and every change of the configuration is taken over at once
  mcp-pipe start -d --take-over              a newer version takes the place of the running one
  mcp-pipe start status                      a server whose name is that of a command

With -d the log goes to a file (--log-file, or one in the state folder), and the command ends when mcp-pipe answers. Then
mcp-pipe status, logs, reload and stop reach it. After a reboot it does not run until it is started again.
Exit codes with -d: 0 it runs; 1 it ended at once, one already runs for this configuration, or
that one kept its links (--take-over); 2 the configuration cannot be
used. Without -d, those of mcp-pipe.
`,
  },
  waiting: 'starting mcp-pipe in the background',
  takingOver: 'the running mcp-pipe hands over, when its calls in flight are answered',
  started: ({ pid, file }: { pid: number; file: string }) =>
    `mcp-pipe runs in the background (pid ${pid}). Its log: ${file}\nmcp-pipe status shows its links, mcp-pipe logs -f follows its log, mcp-pipe stop ends it.`,
  silent: ({ pid, file, afterMs }: { pid: number; file: string; afterMs: number }) =>
    `mcp-pipe was started (pid ${pid}) but has not answered on its control socket for ${time(afterMs)}. Its log says more: ${file}`,
};

const vi: typeof en = {
  help: {
    about: 'Chạy các server, giống như mcp-pipe không kèm lệnh; với -d thì chạy nền.',
    detach: 'chạy nền: vẫn chạy tiếp khi terminal này đóng',
    json: 'với -d: in pid và file log dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe start                             mọi server trong ./mcp_config.json, giống như mcp-pipe
  mcp-pipe start -d                          như trên, ở chế độ nền
  mcp-pipe start -d --watch                  và mọi thay đổi của cấu hình được áp dụng ngay
  mcp-pipe start -d --take-over              phiên bản mới thay chỗ bản đang chạy
  mcp-pipe start status                      một server trùng tên với một lệnh

Với -d, log được ghi vào một file (--log-file, hoặc một file trong thư mục trạng thái), và lệnh kết thúc khi mcp-pipe đã trả lời. Sau đó
mcp-pipe status, logs, reload và stop làm việc với nó. Sau khi máy khởi động lại, nó không tự chạy lại.
Mã thoát với -d: 0 nó đang chạy; 1 nó dừng ngay, đã có một mcp-pipe chạy với cấu hình này,
hoặc bản đó giữ lại các link của mình (--take-over); 2 cấu hình không dùng được.
Không có -d thì như mcp-pipe.
`,
  },
  waiting: 'đang chạy mcp-pipe ở chế độ nền',
  takingOver: 'mcp-pipe đang chạy bàn giao, khi các lời gọi dở dang đã được trả lời',
  started: ({ pid, file }) =>
    `mcp-pipe đang chạy nền (pid ${pid}). Log của nó: ${file}\nmcp-pipe status xem các link, mcp-pipe logs -f theo dõi log, mcp-pipe stop dừng nó.`,
  silent: ({ pid, file, afterMs }) =>
    `Đã chạy mcp-pipe (pid ${pid}) nhưng socket điều khiển của nó chưa trả lời sau ${timeVi(afterMs)}. Xem thêm trong log: ${file}`,
};

/** The words of `mcp-pipe start`, in both languages. */
export const texts = { en, vi };

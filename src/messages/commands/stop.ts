import { time } from '../en/numbers.js';
import { time as timeVi } from '../vi/numbers.js';

const en = {
  help: {
    about: 'Stops the running mcp-pipe of this configuration, and waits until it has ended.',
    more: `
Examples:
  mcp-pipe stop                              calls in flight are finished first, then every server ends
  mcp-pipe stop && mcp-pipe start -d         starts it again, in the background

Ctrl-C ends the waiting; mcp-pipe stops nevertheless. One that a container or service runs is started again by that: use
docker compose stop, or the stop of the service.
Exit codes: 0 it has ended; 3 no mcp-pipe of this configuration runs; 1 it cannot be stopped this way.
`,
  },
  waiting: ({ pid }: { pid: number }) => `mcp-pipe (pid ${pid}) is stopping, after its calls`,
  done: ({ pid, afterMs }: { pid: number; afterMs: number }) =>
    `mcp-pipe (pid ${pid}) has stopped, after ${time(afterMs)}.`,
  inContainer: 'The container may start it again. To keep it stopped: docker compose stop',
};

const vi: typeof en = {
  help: {
    about: 'Dừng mcp-pipe đang chạy với cấu hình này, và chờ đến khi nó kết thúc.',
    more: `
Ví dụ:
  mcp-pipe stop                              các lời gọi dở dang được làm xong trước, rồi mọi server kết thúc
  mcp-pipe stop && mcp-pipe start -d         chạy lại, ở chế độ nền

Ctrl-C chỉ kết thúc việc chờ; mcp-pipe vẫn dừng. Nếu nó được container hoặc dịch vụ chạy thì sẽ được chạy lại: hãy dùng
docker compose stop, hoặc lệnh dừng của dịch vụ.
Mã thoát: 0 nó đã kết thúc; 3 không có mcp-pipe nào của cấu hình này đang chạy; 1 không dừng được bằng cách này.
`,
  },
  waiting: ({ pid }) => `mcp-pipe (pid ${pid}) đang dừng, sau các lời gọi của nó`,
  done: ({ pid, afterMs }) => `mcp-pipe (pid ${pid}) đã dừng, sau ${timeVi(afterMs)}.`,
  inContainer: 'Container có thể chạy lại nó. Để nó dừng hẳn: docker compose stop',
};

/** The words of `mcp-pipe stop`, in both languages. */
export const texts = { en, vi };

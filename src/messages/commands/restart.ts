const en = {
  help: {
    about: 'Starts a server of the running mcp-pipe again; the connections to the endpoints stay open.',
    name: 'server, or a link or agent: all of its servers',
    more: `
Examples:
  mcp-pipe restart memory                    the server memory
  mcp-pipe restart kitchen                   every server of the agent kitchen

The process ends when it has answered its calls, or after a few seconds; calls that come meanwhile wait for the next process. To start all
of mcp-pipe again: mcp-pipe stop, then mcp-pipe start.
Exit codes: 0 done, or nothing to do; 2 unknown name; 3 no mcp-pipe of this configuration runs; 1 it cannot do it.
`,
  },
  waiting: ({ name }: { name: string }) => `restarting ${name}, after its calls`,
  done: ({ names }: { names: string }) =>
    `Restarted: ${names}. The connections to the endpoints have stayed open; mcp-pipe status shows when it is ready.`,
  nothing: ({ name }: { name: string }) =>
    `There was nothing to restart: ${name} has no process now, because it is paused, sleeps until a call, or waits for its turn. mcp-pipe status says which.`,
  asleep: ({ names }: { names: string }) =>
    `Asleep, so without a process to restart: ${names}. Nothing is to be done: the next call starts it, as it is then. To start it now, call one of its tools, or press "Start now" on the status page.`,
};

const vi: typeof en = {
  help: {
    about: 'Khởi động lại một server của mcp-pipe đang chạy; kết nối với endpoint vẫn giữ nguyên.',
    name: 'server, hoặc một link hay agent: mọi server của nó',
    more: `
Ví dụ:
  mcp-pipe restart memory                    server memory
  mcp-pipe restart kitchen                   mọi server của agent kitchen

Tiến trình kết thúc khi đã trả lời hết các lời gọi, hoặc sau vài giây; lời gọi đến trong lúc đó chờ tiến trình kế tiếp. Để chạy lại cả
mcp-pipe: mcp-pipe stop, rồi mcp-pipe start.
Mã thoát: 0 xong hoặc không có gì để làm; 2 tên không có; 3 không có mcp-pipe nào của cấu hình này đang chạy; 1 nó không làm được.
`,
  },
  waiting: ({ name }) => `đang khởi động lại ${name}, sau các lời gọi của nó`,
  done: ({ names }) =>
    `Đã khởi động lại: ${names}. Kết nối với endpoint vẫn giữ nguyên; mcp-pipe status cho biết khi nào nó sẵn sàng.`,
  nothing: ({ name }) =>
    `Không có gì để khởi động lại: ${name} hiện không có tiến trình, vì đang được tạm dừng, đang ngủ cho đến khi có lời gọi, hoặc chờ đến lượt. mcp-pipe status cho biết là trường hợp nào.`,
  asleep: ({ names }) =>
    `Đang ngủ nên không có tiến trình để khởi động lại: ${names}. Không cần làm gì: lời gọi tiếp theo sẽ khởi động nó, theo đúng chương trình lúc đó. Muốn chạy ngay thì gọi một tool của nó, hoặc bấm "Khởi động ngay" trên trang trạng thái.`,
};

/** The words of `mcp-pipe restart`, in both languages. */
export const texts = { en, vi };

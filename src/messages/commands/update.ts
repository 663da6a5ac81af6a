interface Versions {
  newest: string;
  current: string;
}

interface Way {
  /** What to type; undefined: not known. */
  command: string | undefined;
  /** Where; undefined: anywhere. */
  folder: string | undefined;
  /** On the machine that the container runs on. */
  onHost: boolean;
}

const en = {
  help: {
    about:
      'Asks the registry for a newer mcp-pipe, and says how to get it; takes newer versions of packages that are locked.',
    names: 'servers whose packages are updated; without one, all that are locked',
    check: 'only ask: nothing is locked or restarted',
    json: 'print the answer as JSON',
    more: `
Examples:
  mcp-pipe update --check                    is there a newer version, and how does it come here
  mcp-pipe update memory                     lock what the registry has now, and restart the server between two calls
  mcp-pipe update --check --json             the same for programs: current, newest, newer, installedAs, command

npm asks, so registry and proxy are those of npm (npm config get registry). A running mcp-pipe asks once a day and logs a
newer version; commands on a terminal say so once a day. Off in CI, in containers, with MCP_PIPE_NO_UPDATE_NOTICE=1 or
NO_UPDATE_NOTIFIER=1, and with "updateNotice": false in the configuration.

Packages of servers that mcp_lock.json locks are asked for as well (docs/packages.md): each is named with its version before and
after, and a running mcp-pipe restarts its server between two calls.

With names, only their packages are asked for.

Exit codes: 5 there is a newer version, with --check also of a package; else 1 when the registry cannot be asked, or has no
mcp-pipe, or a package could not be locked; else 0.
`,
  },
  newer: ({ newest, current }: Versions) => `mcp-pipe ${newest} is there; this is ${current}.`,
  isNewest: ({ current, newest }: Versions) =>
    current === newest
      ? `mcp-pipe ${current} is the newest version.`
      : `mcp-pipe ${current} is newer than the newest that the registry has, ${newest}.`,
  missing: ({ said }: { said: string }) =>
    `The registry has no package mcp-pipe: not found. It is not published there yet, or npm uses another registry (npm config get registry). npm said: ${said}`,
  failed: ({ said }: { said: string }) =>
    `The npm registry could not be asked: ${said}. npm ping shows whether npm reaches it.`,
  toUpdate: ({ command, folder, onHost }: Way) =>
    `To update${onHost ? ', on the host, in the folder of the clone' : folder === undefined ? '' : `, in ${folder}`}:
  ${command ?? 'replace the folder as it came there'}
Then start mcp-pipe again; if it is a service:
  mcp-pipe service install`,
  never: 'mcp-pipe does not update itself.',
  notice: ({ newest, current }: Versions) =>
    `mcp-pipe ${newest} is there, this is ${current}. mcp-pipe update says how to get it (MCP_PIPE_NO_UPDATE_NOTICE=1 turns this off).`,
};

const vi: typeof en = {
  help: {
    about:
      'Hỏi registry xem có mcp-pipe mới không và cho biết cách lấy; lấy phiên bản mới của các package đã khóa.',
    names: 'các server cần cập nhật package; không ghi thì là mọi package đã khóa',
    check: 'chỉ hỏi: không khóa và không khởi động lại gì',
    json: 'in câu trả lời dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe update --check                    có phiên bản mới không, và lấy về bằng cách nào
  mcp-pipe update memory                     khóa phiên bản registry đang có, rồi khởi động lại server giữa hai lời gọi
  mcp-pipe update --check --json             như trên, cho chương trình khác đọc: current, newest, newer, installedAs, command

npm là bên hỏi, nên registry và proxy là của npm (npm config get registry). mcp-pipe đang chạy hỏi mỗi ngày một lần và ghi
phiên bản mới vào log; các lệnh trên terminal nhắc mỗi ngày một lần. Tắt sẵn trong CI và trong container; tắt bằng
MCP_PIPE_NO_UPDATE_NOTICE=1 hoặc NO_UPDATE_NOTIFIER=1, hay "updateNotice": false trong cấu hình.

Package của các server mà mcp_lock.json đã khóa cũng được hỏi (docs/vi/packages.md): mỗi package kèm phiên bản trước và sau, và mcp-pipe đang
chạy khởi động lại server đó giữa hai lời gọi.

Nếu nêu tên server thì chỉ hỏi về package của các server đó.

Mã thoát: 5 có phiên bản mới hơn, với --check thì kể cả của một package; nếu không thì 1 khi không hỏi được registry, ở đó không có
mcp-pipe, hoặc có package không khóa được; còn lại là 0.
`,
  },
  newer: ({ newest, current }) => `Đã có mcp-pipe ${newest}; bản này là ${current}.`,
  isNewest: ({ current, newest }) =>
    current === newest
      ? `mcp-pipe ${current} là phiên bản mới nhất.`
      : `mcp-pipe ${current} mới hơn bản mới nhất trên registry, ${newest}.`,
  missing: ({ said }) =>
    `Registry không có package mcp-pipe: không tìm thấy. Package chưa được phát hành ở đó, hoặc npm đang dùng registry khác (npm config get registry). npm trả lời: ${said}`,
  failed: ({ said }) => `Không hỏi được npm registry: ${said}. npm ping cho biết npm có tới được đó không.`,
  toUpdate: ({ command, folder, onHost }) =>
    `Để cập nhật${onHost ? ', trên máy chủ, trong thư mục đã clone' : folder === undefined ? '' : `, trong ${folder}`}:
  ${command ?? 'thay thư mục này theo cách nó đã được đặt vào đó'}
Sau đó chạy lại mcp-pipe; nếu nó là dịch vụ:
  mcp-pipe service install`,
  never: 'mcp-pipe không tự cập nhật chính nó.',
  notice: ({ newest, current }) =>
    `Đã có mcp-pipe ${newest}, bản này là ${current}. mcp-pipe update cho biết cách lấy (MCP_PIPE_NO_UPDATE_NOTICE=1 để tắt lời nhắc này).`,
};

/** The words of `mcp-pipe update`, in both languages. */
export const texts = { en, vi };

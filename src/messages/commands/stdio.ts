const en = {
  help: {
    about:
      'Serves the configured servers as one MCP server on stdin and stdout: for Claude, Cursor, VS Code.',
    target: 'servers, or one script; all configured servers without it, a command after --',
    server: 'only this server; may be given several times',
    agent: 'the servers of this agent, with its filters and its own processes',
    noAttach: 'start the servers here, even if an mcp-pipe with this configuration runs',
    printConfig: 'print what has to stand in the configuration of that program, and end',
    logFile: 'write the log to this file as well',
    more: `
Examples:
  mcp-pipe stdio                             every server of ./mcp_config.json
  mcp-pipe stdio --config /home/me/mcp_config.json --server memory --server files
                                             two of them; programs with windows need the whole path
  mcp-pipe stdio --agent kitchen             what the agent kitchen has
  mcp-pipe stdio -- npx -y @modelcontextprotocol/server-memory
                                             a command
  mcp-pipe stdio --http https://mcp.example.com/mcp -H 'Authorization: Bearer \${TOKEN}'
                                             a remote server
  mcp-pipe stdio --print-config claude       what to paste into claude_desktop_config.json
  claude mcp add mcp-pipe -- mcp-pipe stdio --config "$PWD/mcp_config.json"
                                             Claude Code

The block to paste, with paths of your own:
  {
    "mcpServers": {
      "mcp-pipe": {
        "command": "/usr/local/bin/mcp-pipe",
        "args": ["stdio", "--config", "/home/me/mcp_config.json"]
      }
    }
  }

An mcp-pipe that runs with this configuration is used, so that each server runs once; without one, the servers run here until
the client ends. Needs no endpoint and no token. The log goes to stderr, stdout carries MCP only.
Exit codes: 0 the client has ended, 2 the configuration cannot be used, 130 interrupted.
`,
  },
  onTerminal:
    'mcp-pipe stdio is started by an MCP client (Claude, Cursor, VS Code), and reads JSON-RPC from stdin. Ctrl-C ends it; mcp-pipe stdio --help shows what to paste into the client.',
  startedHere: ({ why }: { why: string }) => `${why} So the servers are started here.`,
  olderDaemon:
    'The running mcp-pipe is of an older version that takes no clients; update it and start it again.',
  attached: ({ pid, servers }: { pid: number; servers: readonly string[] }) =>
    `Using the servers of the running mcp-pipe (pid ${pid}): ${servers.join(', ')}.`,
  leftOut: ({ servers }: { servers: readonly string[] }) =>
    `Left out, because each belongs to an agent: ${servers.join(', ')}. With --agent, a client gets those of one agent.`,
  otherVersion: ({ its, own }: { its: string; own: string }) =>
    `The running mcp-pipe is version ${its}, this one is ${own}. If something does not work, start the running one again.`,
  detached:
    'The running mcp-pipe has ended. Calls get an error until it runs again (mcp-pipe start -d); then it is used at once.',
  refused: ({ message }: { message: string }) => `${message} It is asked again.`,
  whichFolder: ({ folder }: { folder: string }) =>
    `There is no mcp_config.json in ${folder}, where mcp-pipe was started. Give the whole path: "args": [..., "stdio", "--config", "/path/to/mcp_config.json"]. mcp-pipe stdio --print-config claude, in the right folder, prints it.`,
  paste: ({ file }: { file: string }) =>
    `This belongs in ${file}. If the file has such a list of servers already, add only "mcp-pipe" to it. Then start the program again.`,
};

const vi: typeof en = {
  help: {
    about:
      'Phục vụ các server trong cấu hình như một MCP server qua stdin và stdout: cho Claude, Cursor, VS Code.',
    target: 'các server, hoặc một script; không ghi thì là mọi server trong cấu hình; lệnh thì ghi sau --',
    server: 'chỉ server này; có thể ghi nhiều lần',
    agent: 'các server của agent này, với bộ lọc và các tiến trình riêng của nó',
    noAttach: 'khởi động các server ngay tại đây, dù đang có mcp-pipe chạy với cấu hình này',
    printConfig: 'in phần cần có trong cấu hình của chương trình đó, rồi kết thúc',
    logFile: 'ghi log vào cả file này',
    more: `
Ví dụ:
  mcp-pipe stdio                             mọi server trong ./mcp_config.json
  mcp-pipe stdio --config /home/me/mcp_config.json --server memory --server files
                                             hai server trong đó; chương trình có cửa sổ cần đường dẫn đầy đủ
  mcp-pipe stdio --agent kitchen             những gì agent kitchen có
  mcp-pipe stdio -- npx -y @modelcontextprotocol/server-memory
                                             một lệnh
  mcp-pipe stdio --http https://mcp.example.com/mcp -H 'Authorization: Bearer \${TOKEN}'
                                             một server từ xa
  mcp-pipe stdio --print-config claude       phần cần dán vào claude_desktop_config.json
  claude mcp add mcp-pipe -- mcp-pipe stdio --config "$PWD/mcp_config.json"
                                             Claude Code

Khối cần dán, với đường dẫn của bạn:
  {
    "mcpServers": {
      "mcp-pipe": {
        "command": "/usr/local/bin/mcp-pipe",
        "args": ["stdio", "--config", "/home/me/mcp_config.json"]
      }
    }
  }

Nếu đang có mcp-pipe chạy với cấu hình này thì dùng luôn nó, nên mỗi server chỉ chạy một lần; nếu không, các server chạy tại đây
cho đến khi client kết thúc. Không cần endpoint, không cần token. Log ra stderr, stdout chỉ mang MCP.
Mã thoát: 0 client đã kết thúc, 2 cấu hình không dùng được, 130 bị ngắt.
`,
  },
  onTerminal:
    'mcp-pipe stdio do một MCP client (Claude, Cursor, VS Code) khởi động và đọc JSON-RPC từ stdin. Ctrl-C để kết thúc; mcp-pipe stdio --help cho biết cần dán gì vào client.',
  startedHere: ({ why }) => `${why} Vì vậy các server được khởi động ngay tại đây.`,
  olderDaemon: 'mcp-pipe đang chạy thuộc phiên bản cũ, chưa nhận client; hãy cập nhật rồi chạy lại nó.',
  attached: ({ pid, servers }) =>
    `Dùng các server của mcp-pipe đang chạy (pid ${pid}): ${servers.join(', ')}.`,
  leftOut: ({ servers }) =>
    `Bỏ qua vì mỗi server này thuộc về một agent: ${servers.join(', ')}. Với --agent, client có các server của một agent.`,
  otherVersion: ({ its, own }) =>
    `mcp-pipe đang chạy là phiên bản ${its}, còn bản này là ${own}. Nếu có gì không hoạt động, hãy chạy lại bản đang chạy.`,
  detached:
    'mcp-pipe đang chạy đã dừng. Các lời gọi sẽ nhận lỗi cho đến khi nó chạy lại (mcp-pipe start -d); khi đó nó được dùng ngay.',
  refused: ({ message }) => `${message} Sẽ hỏi lại nó.`,
  whichFolder: ({ folder }) =>
    `Không có mcp_config.json trong ${folder}, nơi mcp-pipe được khởi động. Hãy ghi đường dẫn đầy đủ: "args": [..., "stdio", "--config", "/đường/dẫn/mcp_config.json"]. Chạy mcp-pipe stdio --print-config claude trong đúng thư mục để in ra phần này.`,
  paste: ({ file }) =>
    `Phần này nằm trong ${file}. Nếu file đã có danh sách server như vậy, chỉ cần thêm "mcp-pipe" vào đó. Sau đó mở lại chương trình.`,
};

/** The words of `mcp-pipe stdio`, in both languages. */
export const texts = { en, vi };

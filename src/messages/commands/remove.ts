const en = {
  help: {
    about: 'Removes a server from the configuration, whose comments and order stay.',
    server: 'the name of the server',
    more: `
Examples:
  mcp-pipe remove memory
  mcp-pipe remove memory --config other.json

A running mcp-pipe takes it over at once: calls of the server may finish. Exit codes: 0 done; 1 the file says so, but the
running mcp-pipe could not take it over; 2 nothing was changed.
`,
  },
  removed: ({ name, file }: { name: string; file: string }) =>
    `${name} removed from ${file}. What .env holds for it stays.`,
  ofAgents: ({ agents }: { agents: readonly string[] }) =>
    agents.length === 1
      ? `The agent ${agents[0]} does not have it any more.`
      : `The agents ${agents.join(', ')} do not have it any more.`,
  withoutServers: ({ agents }: { agents: readonly string[] }) =>
    `${agents.join(', ')} ${agents.length === 1 ? 'has' : 'have'} no server left and will not be connected: name others in "servers", or remove ${agents.length === 1 ? 'the agent' : 'the agents'} from "agents".`,
};

const vi: typeof en = {
  help: {
    about: 'Xóa một server khỏi cấu hình; chú thích và thứ tự trong file được giữ nguyên.',
    server: 'tên của server',
    more: `
Ví dụ:
  mcp-pipe remove memory
  mcp-pipe remove memory --config other.json

mcp-pipe đang chạy áp dụng ngay: các lời gọi dở dang của server được làm xong. Mã thoát: 0 đã xong; 1 đã ghi vào file nhưng
mcp-pipe đang chạy không áp dụng được; 2 chưa đổi gì.
`,
  },
  removed: ({ name, file }) => `Đã xóa ${name} khỏi ${file}. Những gì .env có cho server này vẫn được giữ.`,
  ofAgents: ({ agents }) => `Các agent không còn server này: ${agents.join(', ')}.`,
  withoutServers: ({ agents }) =>
    `Không còn server nào nên sẽ không được kết nối: ${agents.join(', ')}. Hãy ghi server khác vào "servers", hoặc xóa agent khỏi "agents".`,
};

/** The words of `mcp-pipe remove`, in both languages. */
export const texts = { en, vi };

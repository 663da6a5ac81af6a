import type { Reconnected } from '../../protocol/renewal.js';

/** What each link does. */
const did: Record<Reconnected, string> = {
  closes: 'its connection is closed between two calls and made anew',
  dials: 'it dials now instead of later',
  dialing: 'it is connecting already',
  starting: 'it connects as soon as its server is ready',
  'waiting-for-lease': 'it waits for a connection that another one holds; mcp-pipe leases shows which',
  stopping: 'it does not run',
};

const en = {
  help: {
    about: 'Connects a link to its endpoint anew; its servers run on.',
    name: 'link or agent, or a server: the links that have it',
    more: `
Examples:
  mcp-pipe reconnect mux                     the link mux
  mcp-pipe reconnect memory                  every link that has the server memory

A connection is closed between two calls. A link that waits before its next try dials at once.
Exit codes: 0 at least one link connects again; 1 none does, the text says why; 2 unknown name; 3 no mcp-pipe of this
configuration runs.
`,
  },
  waiting: ({ name }: { name: string }) => `reconnecting ${name}`,
  did,
  ofLink: ({ name, text }: { name: string; text: string }) => `The link ${name}: ${text}.`,
  nothing: ({ name }: { name: string }) => `No link of ${name} runs now. mcp-pipe status shows why.`,
};

const vi: typeof en = {
  help: {
    about: 'Kết nối lại một link với endpoint của nó; các server vẫn chạy.',
    name: 'link hoặc agent, hoặc một server: các link có server đó',
    more: `
Ví dụ:
  mcp-pipe reconnect mux                     link mux
  mcp-pipe reconnect memory                  mọi link có server memory

Kết nối được đóng giữa hai lời gọi. Link đang chờ trước lần thử sau sẽ kết nối ngay.
Mã thoát: 0 ít nhất một link kết nối lại; 1 không link nào, kèm lý do; 2 tên không có; 3 không có mcp-pipe nào của cấu hình này
đang chạy.
`,
  },
  waiting: ({ name }) => `đang kết nối lại ${name}`,
  did: {
    closes: 'kết nối được đóng giữa hai lời gọi rồi kết nối lại',
    dials: 'kết nối ngay, không chờ nữa',
    dialing: 'đang kết nối rồi',
    starting: 'sẽ kết nối ngay khi server sẵn sàng',
    'waiting-for-lease': 'đang chờ một kết nối do nơi khác giữ; mcp-pipe leases cho biết nơi nào',
    stopping: 'hiện không chạy',
  },
  ofLink: ({ name, text }) => `Với link ${name}: ${text}.`,
  nothing: ({ name }) => `Hiện không link nào của ${name} đang chạy. mcp-pipe status cho biết lý do.`,
};

/** The words of `mcp-pipe reconnect`, in both languages. */
export const texts = { en, vi };

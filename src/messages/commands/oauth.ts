const en = {
  help: {
    about: 'Lists the clients that people have let in with a key (OAuth), and ends the access of one.',
    end: 'end the access of the client with this id, which the list shows',
    json: 'print the list for programs',
    more: `
Examples:
  mcp-pipe oauth                             which clients were let in, with which key, and when they were last here
  mcp-pipe oauth --end 3f9c1a7b              that client has to be let in again
  mcp-pipe oauth --json                      the list for programs

Claude.ai, ChatGPT and other clients that speak OAuth are let in on the page of the gateway's own authorization server
("oauth" of "gateway"). Each may do what the key allows with which it was let in; when that key is revoked, all of its
clients are out. docs/oauth.md says more.
`,
  },
  key: ({ key }: { key: string }) => `key ${key}`,
  since: ({ at }: { at: string }) => `since ${at}`,
  used: ({ at }: { at: string }) => `last used ${at}`,
  none: 'No client was let in yet.',
  off: 'This mcp-pipe has no authorization server: write "oauth": true into "gateway" of the configuration.',
  ended: ({ client, key }: { client: string; key: string }) =>
    `${client}, which was let in with the key ${key}, has to be let in again.`,
  unknown: ({ id }: { id: string }) =>
    `No client has the id ${id}. mcp-pipe oauth lists those that there are.`,
};

const vi: typeof en = {
  help: {
    about: 'Liệt kê các ứng dụng đã được cho phép bằng một khóa (OAuth), và thu hồi quyền của một ứng dụng.',
    end: 'thu hồi quyền của ứng dụng có id này, như danh sách cho biết',
    json: 'in danh sách cho chương trình khác đọc',
    more: `
Ví dụ:
  mcp-pipe oauth                             ứng dụng nào đã được cho phép, bằng khóa nào, và dùng lần cuối khi nào
  mcp-pipe oauth --end 3f9c1a7b              ứng dụng đó phải được cho phép lại
  mcp-pipe oauth --json                      danh sách cho chương trình khác đọc

Claude.ai, ChatGPT và các ứng dụng khác dùng OAuth được cho phép trên trang của máy chủ cấp quyền riêng của gateway
("oauth" trong "gateway"). Mỗi ứng dụng được làm những gì khóa đã dùng cho phép; khi khóa đó bị thu hồi, mọi ứng dụng của
nó mất quyền. docs/vi/oauth.md nói thêm.
`,
  },
  key: ({ key }) => `khóa ${key}`,
  since: ({ at }) => `từ ${at}`,
  used: ({ at }) => `dùng lần cuối ${at}`,
  none: 'Chưa có ứng dụng nào được cho phép.',
  off: 'mcp-pipe này không có máy chủ cấp quyền: ghi "oauth": true vào "gateway" trong cấu hình.',
  ended: ({ client, key }) => `${client}, được cho phép bằng khóa ${key}, từ nay phải được cho phép lại.`,
  unknown: ({ id }) => `Không có ứng dụng nào mang id ${id}. mcp-pipe oauth liệt kê những ứng dụng đang có.`,
};

export const texts = { en, vi };

const en = {
  help: {
    about:
      'Shows what waits for a person, and lets it through: calls, and tools whose definition has changed.',
    what: 'id of a call or change, as the list shows it; or a server: all its changed tools',
    tool: 'one tool of that server',
    all: 'approve all changed tools that are listed; calls are approved one by one',
    for: 'with the id of a call: further calls of the tool by the same caller need no approval for so long (at most 8h)',
    more: `
Examples:
  mcp-pipe approve                           what waits: calls with their arguments, changed tools with the difference
  mcp-pipe approve k7f2mq                    lets the call k7f2mq through, exactly as it was shown
  mcp-pipe approve k7f2mq --for 1h           and further calls of this tool by this caller for an hour
  mcp-pipe approve files read_file           the changed definition of read_file is right from now on
  mcp-pipe approve --all                     the same for all changed tools
  mcp-pipe approve --json                    the list for programs, with both definitions whole
  mcp-pipe decline k7f2mq --reason "not now" refuses a call

Which calls wait is said by "approve" of a server, and what a changed tool means by "drift": docs/policy.md. The status page has the same.
Exit codes: 0 listed, or approved; 1 nothing of that name waits (any more); 2 wrong usage; 3 no mcp-pipe of this configuration runs.
`,
  },
  nothing: 'Nothing waits for a person.',
  call: (call: { id: string; tool: string; server: string; caller: string; seconds: number }) =>
    `Call ${call.id}: ${call.tool} of ${call.server}, from ${call.caller}; ${call.seconds} s left`,
  noArguments: '(no arguments)',
  callNext: ({ id }: { id: string }) => `mcp-pipe approve ${id}, or mcp-pipe decline ${id}`,
  changed: ({ id, tool, server }: { id: string; tool: string; server: string }) =>
    `Tool ${tool} of ${server} has changed (${id}):`,
  added: ({ id, tool, server }: { id: string; tool: string; server: string }) =>
    `Tool ${tool} of ${server} is new (${id}):`,
  held: 'It is held: neither listed nor called until it is approved.',
  notHeld: 'It is used as it is now; "drift": "hold" would hold it back.',
  leftOut: ({ lines }: { lines: string }) => `… ${lines} more lines`,
  tooLong: 'Its definition is too long to be shown: look at what the server itself lists (mcp-pipe tools).',
  moreChanges: ({ count }: { count: number }) =>
    `${count} further changes are shown when some of these are approved.`,
  ahead: (one: { id: string; tool: string; server: string; caller: string; until: string }) =>
    `Approved until ${one.until}: calls of ${one.tool} of ${one.server} by ${one.caller}. mcp-pipe decline ${one.id} ends it.`,
  approvedCall: ({ tool, server }: { tool: string; server: string }) =>
    `Approved: the call of ${tool} of ${server}.`,
  approvedChange: ({ tool, server }: { tool: string; server: string }) =>
    `Approved: the definition of ${tool} of ${server}, as it is shown.`,
  gone: ({ name }: { name: string }) =>
    `Nothing of the name ${name} waits: it was decided already, its time is over, or its caller has left. mcp-pipe approve shows what waits.`,
};

const vi: typeof en = {
  help: {
    about:
      'Cho xem những gì đang chờ người chấp thuận và cho chúng đi qua: lời gọi, và tool bị đổi định nghĩa.',
    what: 'id của lời gọi hoặc thay đổi, như trong danh sách; hoặc tên server: mọi tool bị đổi của nó',
    tool: 'một tool của server đó',
    all: 'chấp thuận mọi tool bị đổi trong danh sách; lời gọi được chấp thuận từng cái một',
    for: 'cùng với id của lời gọi: các lời gọi tiếp theo của tool này từ cùng bên gọi không cần chấp thuận trong chừng ấy thời gian (tối đa 8h)',
    more: `
Ví dụ:
  mcp-pipe approve                           những gì đang chờ: lời gọi cùng đối số, tool bị đổi cùng chỗ khác
  mcp-pipe approve k7f2mq                    cho lời gọi k7f2mq đi qua, đúng như đã hiện
  mcp-pipe approve k7f2mq --for 1h           và cả các lời gọi tiếp theo của tool này từ bên gọi này trong một giờ
  mcp-pipe approve files read_file           từ nay định nghĩa mới của read_file là đúng
  mcp-pipe approve --all                     như trên, cho mọi tool bị đổi
  mcp-pipe approve --json                    danh sách cho chương trình khác, với cả hai định nghĩa đầy đủ
  mcp-pipe decline k7f2mq --reason "chưa"    từ chối một lời gọi

Lời gọi nào phải chờ là do "approve" của server quyết định, còn tool bị đổi thì do "drift": docs/vi/policy.md. Trang trạng thái cũng có những thứ này.
Mã thoát: 0 đã liệt kê hoặc đã chấp thuận; 1 không (còn) gì có tên đó đang chờ; 2 dùng sai; 3 không có mcp-pipe nào của cấu hình này đang chạy.
`,
  },
  nothing: 'Không có gì đang chờ người chấp thuận.',
  call: (call) =>
    `Lời gọi ${call.id}: ${call.tool} của ${call.server}, từ ${call.caller}; còn ${call.seconds} giây`,
  noArguments: '(không có đối số)',
  callNext: ({ id }) => `mcp-pipe approve ${id}, hoặc mcp-pipe decline ${id}`,
  changed: ({ id, tool, server }) => `Tool ${tool} của ${server} đã bị đổi (${id}):`,
  added: ({ id, tool, server }) => `Tool ${tool} của ${server} là tool mới (${id}):`,
  held: 'Nó đang bị giữ lại: không được liệt kê và không gọi được cho đến khi được chấp thuận.',
  notHeld: 'Nó vẫn được dùng như hiện tại; "drift": "hold" sẽ giữ nó lại.',
  leftOut: ({ lines }) => `… ${lines} dòng nữa`,
  tooLong: 'Định nghĩa của nó quá dài để hiện ở đây: hãy xem những gì chính server liệt kê (mcp-pipe tools).',
  moreChanges: ({ count }) => `Còn ${count} thay đổi nữa, sẽ hiện khi một số ở trên được chấp thuận.`,
  ahead: (one) =>
    `Được chấp thuận đến ${one.until}: các lời gọi ${one.tool} của ${one.server} từ ${one.caller}. mcp-pipe decline ${one.id} kết thúc việc này.`,
  approvedCall: ({ tool, server }) => `Đã chấp thuận: lời gọi ${tool} của ${server}.`,
  approvedChange: ({ tool, server }) => `Đã chấp thuận: định nghĩa của ${tool} của ${server}, như đã hiện.`,
  gone: ({ name }) =>
    `Không có gì tên ${name} đang chờ: đã có quyết định, đã hết giờ, hoặc bên gọi đã rời đi. mcp-pipe approve cho xem những gì đang chờ.`,
};

/** The words of `mcp-pipe approve`, in both languages. */
export const texts = { en, vi };

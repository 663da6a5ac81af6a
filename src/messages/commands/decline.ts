const en = {
  help: {
    about: 'Refuses a call that waits for a person, or ends what was approved ahead.',
    ids: 'ids, as mcp-pipe approve shows them',
    reason: 'what the caller is told',
    more: `
Examples:
  mcp-pipe decline k7f2mq                    the caller gets the error -31024; the server does not get the call
  mcp-pipe decline k7f2mq --reason "use the test folder"
  mcp-pipe approve                           what waits

A changed tool that is held stays held until it is approved.
Exit codes: 0 declined; 1 nothing of that name waits (any more); 3 no mcp-pipe of this configuration runs.
`,
  },
  call: ({ tool, server }: { tool: string; server: string }) => `Declined: the call of ${tool} of ${server}.`,
  ahead: ({ tool, server }: { tool: string; server: string }) =>
    `Ended: further calls of ${tool} of ${server} wait for a person again.`,
};

const vi: typeof en = {
  help: {
    about: 'Từ chối một lời gọi đang chờ người chấp thuận, hoặc kết thúc việc chấp thuận trước.',
    ids: 'các id, như mcp-pipe approve cho xem',
    reason: 'điều bên gọi được cho biết',
    more: `
Ví dụ:
  mcp-pipe decline k7f2mq                    bên gọi nhận lỗi -31024; server không nhận được lời gọi
  mcp-pipe decline k7f2mq --reason "hãy dùng thư mục thử"
  mcp-pipe approve                           những gì đang chờ

Tool bị đổi đang bị giữ lại thì vẫn bị giữ cho đến khi được chấp thuận.
Mã thoát: 0 đã từ chối; 1 không (còn) gì có tên đó đang chờ; 3 không có mcp-pipe nào của cấu hình này đang chạy.
`,
  },
  call: ({ tool, server }) => `Đã từ chối: lời gọi ${tool} của ${server}.`,
  ahead: ({ tool, server }) =>
    `Đã kết thúc: các lời gọi tiếp theo của ${tool} của ${server} lại phải chờ người chấp thuận.`,
};

/** The words of `mcp-pipe decline`, in both languages. */
export const texts = { en, vi };

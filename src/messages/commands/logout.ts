const en = {
  help: {
    about: 'Ends the login to a remote server: has it revoked where that is offered, and deletes it here.',
    server: 'a server of the configuration, or the address of one',
    json: 'print the result as JSON',
    more: `
Examples:
  mcp-pipe logout notion                      a server of the configuration
  mcp-pipe logout https://mcp.example.com/mcp any other one

Exit codes: 0 done, or there was no login; 1 it cannot be deleted; 2 unknown server.
`,
  },
  ended: {
    none: ({ name }: { name: string }) => `There is no login to ${name}.`,
    revoked: ({ name }: { name: string }) =>
      `Logged out of ${name}: the authorization server does not accept the login any more, and it was deleted here.`,
    deleted: ({ name }: { name: string }) =>
      `Logged out of ${name}: the login was deleted here. The authorization server did not revoke it, so end it in your account there if others may have it.`,
  },
};

const vi: typeof en = {
  help: {
    about: 'Đăng xuất khỏi server từ xa: thu hồi ở máy chủ cấp quyền nếu được, và xóa ở đây.',
    server: 'một server trong cấu hình, hoặc địa chỉ của server',
    json: 'in kết quả dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe logout notion                      một server trong cấu hình
  mcp-pipe logout https://mcp.example.com/mcp một server khác bất kỳ

Mã thoát: 0 xong, hoặc chưa đăng nhập; 1 không xóa được; 2 không biết server.
`,
  },
  ended: {
    none: ({ name }) => `Chưa đăng nhập vào ${name}.`,
    revoked: ({ name }) =>
      `Đã đăng xuất khỏi ${name}: máy chủ cấp quyền không còn chấp nhận thông tin đăng nhập này, và nó đã được xóa ở đây.`,
    deleted: ({ name }) =>
      `Đã đăng xuất khỏi ${name}: thông tin đăng nhập đã được xóa ở đây. Máy chủ cấp quyền chưa thu hồi nó, nên nếu người khác có thể giữ nó thì hãy chấm dứt trong tài khoản của bạn ở đó.`,
  },
};

/** The words of `mcp-pipe logout`, in both languages. */
export const texts = { en, vi };

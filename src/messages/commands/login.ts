import { time } from '../en/numbers.js';
import { time as timeVi } from '../vi/numbers.js';

const en = {
  help: {
    about: 'Logs in to a remote server by OAuth: in the browser, or on a machine without one.',
    server: 'a server of the configuration, or the address of one',
    device: 'with a code that is typed in on another device',
    browser: 'open the browser on this machine',
    noBrowser: 'only print the link; the address that it ends on is pasted here',
    scope: 'ask for these scopes, in place of those that the server names; may be repeated',
    clientId: 'the id of an OAuth client that the authorization server knows',
    port: 'port of http://127.0.0.1:PORT/callback, where the browser comes back to',
    json: 'print one JSON object a line: what to open, then the result',
    more: `
Examples:
  mcp-pipe login notion                               a server of the configuration
  mcp-pipe login https://mcp.example.com/mcp          any other one
  mcp-pipe login notion --device                      with a code on another device
  docker compose exec mcp-pipe mcp-pipe login notion  in the container

On a machine without a browser, open the link elsewhere, log in, and paste the address of the page that it ends on. That page
begins with http://127.0.0.1 and does not load: this is right. The login is stored for this user (0600), renewed by itself, and used by the running mcp-pipe at once.
Exit codes: 0 logged in, or no login needed; 1 it did not work; 2 unknown server, or nobody can be asked (stdin is no terminal).
`,
  },
  /** Above the link. */
  open: ({ issuer }: { issuer: string }) => `Open this link, and log in at ${issuer}:`,
  opened: ({ issuer }: { issuer: string }) =>
    `The browser was opened to log in at ${issuer}. If it was not, open this link:`,
  notOpened: 'The browser could not be opened.',
  /** Below it. */
  paste:
    'After that the browser goes to a page that begins with http://127.0.0.1, which loads on this machine only. Elsewhere, copy its whole address and paste it here:',
  noQr: ({ columns }: { columns: number }) => `The link is too long for a QR code in ${columns} columns.`,
  code: ({ code, page }: { code: string; page: string }) =>
    `Open ${page} on any device, and type in this code: ${code}`,
  codeLink: 'Or open this link, which has the code in it:',
  waiting: ({ forMs }: { forMs: number }) => `Waiting for ${time(forMs)}; Ctrl-C ends it.`,
  unneeded: ({ name }: { name: string }) => `${name} answers without a login, so none was stored.`,
  done: ({ name, issuer }: { name: string; issuer: string }) => `Logged in to ${name} at ${issuer}.`,
  scopes: ({ names }: { names: readonly string[] }) => `Scopes: ${names.join(', ')}.`,
  renewed: 'It is renewed by itself.',
  notRenewed: ({ leftMs }: { leftMs: number | undefined }) =>
    leftMs === undefined
      ? 'The authorization server does not say how long it lasts, and it cannot be renewed.'
      : `It lasts ${time(leftMs)} and cannot be renewed: the authorization server gave no refresh token.`,
  tried: ({ name }: { name: string }) => `The running mcp-pipe tries ${name} again now.`,
  used: ({ name }: { name: string }) => `The running mcp-pipe uses it for ${name} from now on.`,
  /** In the browser. */
  page: {
    done: 'You are logged in. You can close this page and go back to the terminal.',
    refused: 'The login was refused. Go back to the terminal: it says why.',
    other: 'This page belongs to another login, or was used already.',
  },
};

const vi: typeof en = {
  help: {
    about: 'Đăng nhập vào server từ xa bằng OAuth: trong trình duyệt, hoặc trên máy không có trình duyệt.',
    server: 'một server trong cấu hình, hoặc địa chỉ của server',
    device: 'bằng mã nhập trên thiết bị khác',
    browser: 'mở trình duyệt trên máy này',
    noBrowser: 'chỉ in liên kết; địa chỉ của trang cuối cùng được dán vào đây',
    scope: 'xin các scope này, thay cho những scope server nêu; có thể lặp lại',
    clientId: 'id của một OAuth client mà máy chủ cấp quyền đã biết',
    port: 'cổng của http://127.0.0.1:PORT/callback, nơi trình duyệt quay về',
    json: 'in mỗi dòng một object JSON: cần mở gì, rồi kết quả',
    more: `
Ví dụ:
  mcp-pipe login notion                               một server trong cấu hình
  mcp-pipe login https://mcp.example.com/mcp          một server khác bất kỳ
  mcp-pipe login notion --device                      bằng mã trên thiết bị khác
  docker compose exec mcp-pipe mcp-pipe login notion  trong container

Trên máy không có trình duyệt, hãy mở liên kết ở máy khác, đăng nhập, rồi dán địa chỉ của trang cuối cùng. Trang đó bắt đầu
bằng http://127.0.0.1 và không tải được: như vậy là đúng. Thông tin đăng nhập được lưu cho người dùng này (0600), tự gia hạn, và mcp-pipe đang chạy dùng ngay.
Mã thoát: 0 đã đăng nhập, hoặc không cần đăng nhập; 1 không thành công; 2 không biết server, hoặc không hỏi được ai (stdin không phải terminal).
`,
  },
  open: ({ issuer }) => `Hãy mở liên kết này và đăng nhập tại ${issuer}:`,
  opened: ({ issuer }) => `Đã mở trình duyệt để đăng nhập tại ${issuer}. Nếu chưa thấy, hãy mở liên kết này:`,
  notOpened: 'Không mở được trình duyệt.',
  paste:
    'Sau đó trình duyệt chuyển tới một trang bắt đầu bằng http://127.0.0.1, trang này chỉ tải được trên chính máy này. Nếu ở máy khác, hãy sao chép toàn bộ địa chỉ của trang và dán vào đây:',
  noQr: ({ columns }) => `Liên kết quá dài để vẽ mã QR trong ${columns} cột.`,
  code: ({ code, page }) => `Hãy mở ${page} trên thiết bị bất kỳ và nhập mã này: ${code}`,
  codeLink: 'Hoặc mở liên kết này, đã có sẵn mã:',
  waiting: ({ forMs }) => `Đang chờ, tối đa ${timeVi(forMs)}; nhấn Ctrl-C để dừng.`,
  unneeded: ({ name }) => `${name} trả lời mà không cần đăng nhập, nên không lưu gì cả.`,
  done: ({ name, issuer }) => `Đã đăng nhập vào ${name} tại ${issuer}.`,
  scopes: ({ names }) => `Quyền (scope): ${names.join(', ')}.`,
  renewed: 'Thông tin đăng nhập tự được gia hạn.',
  notRenewed: ({ leftMs }) =>
    leftMs === undefined
      ? 'Máy chủ cấp quyền không cho biết nó có hiệu lực bao lâu, và không gia hạn được.'
      : `Nó có hiệu lực ${timeVi(leftMs)} và không gia hạn được: máy chủ cấp quyền không cấp refresh token.`,
  tried: ({ name }) => `mcp-pipe đang chạy sẽ thử lại ${name} ngay bây giờ.`,
  used: ({ name }) => `Từ giờ mcp-pipe đang chạy dùng nó cho ${name}.`,
  page: {
    done: 'Bạn đã đăng nhập. Có thể đóng trang này và quay lại terminal.',
    refused: 'Đăng nhập bị từ chối. Hãy quay lại terminal để xem lý do.',
    other: 'Trang này thuộc một lần đăng nhập khác, hoặc đã được dùng rồi.',
  },
};

/** The words of `mcp-pipe login`, in both languages. */
export const texts = { en, vi };

import type { LeaseObstacle } from '../../protocol/lease-words.js';
import { time } from '../en/numbers.js';
import { time as thoiGian } from '../vi/numbers.js';

const en = {
  help: {
    about:
      'Lists who holds the connections of which token, on this machine or on all that share a Redis, and which links wait.',
    json: 'print the list for programs',
    more: `
Examples:
  mcp-pipe leases                            who holds which connection, and which links of ./mcp_config.json wait
  mcp-pipe leases --json                     the same for programs
  mcp-pipe leases --lang vi                  in Vietnamese

Every mcp-pipe of one user on one machine respects the others: a token has at most "connectionsPerToken" connections,
whichever copy has them. Tokens are shown by their fingerprint, as mcp-pipe check prints it behind #. A lease is left behind
when its process has gone without giving it back; whoever wants it next takes it over.

With "redis", the connections of every token of this configuration are listed with their owners on all machines, whether
mcp-pipe runs here or not: machine, link, process, age, the fence (a number that grows with each owner), and how long the
lease holds unless it is renewed. When Redis does not answer, the exit code is 1.
`,
  },
  token: ({ label }: { label: string }) => `token #${label}`,
  account: ({ label }: { label: string }) => `account ${label}`,
  unknown: 'unknown',
  connection: ({ number }: { number: number }) => `connection ${number}`,
  process: ({ pid }: { pid: number }) => `pid ${pid}`,
  since: ({ at }: { at: string }) => `since ${at}`,
  alive: 'alive',
  stale: 'left behind: the next one takes it over',
  none: 'No mcp-pipe of this user on this machine holds a connection.',
  waiting: ({
    link,
    whose,
    holder,
    obstacle,
  }: {
    link: string;
    whose: string;
    holder: { link: string; pid: number; machine?: string } | undefined;
    obstacle?: LeaseObstacle | undefined;
  }) => {
    if (obstacle?.why === 'store-down')
      return `${link} waits for ${whose}: ${obstacle.store} does not answer (${obstacle.reason})`;
    if (obstacle) return `${link} waits for ${whose}: ${obstacle.store} is new or has lost its data`;
    const on = holder?.machine === undefined ? '' : ` on ${holder.machine}`;
    return `${link} waits for ${whose}${holder ? `: ${holder.link} (pid ${holder.pid}${on}) has it` : ''}`;
  },
  unavailable: ({ folder, message }: { folder: string; message: string }) =>
    `Lock files cannot be used in ${folder} (${message}): another mcp-pipe on this machine may dial the same token. Name a folder that can be written with MCP_PIPE_STATE, or make sure that only one runs.`,
  redis: ({ url, processes }: { url: string; processes: number }) =>
    `On all machines, by ${url} (${processes === 1 ? 'one mcp-pipe has' : `${processes} mcp-pipe have`} asked lately):`,
  noRedis: ({ url, reason }: { url: string; reason: string }) =>
    `${url} does not answer (${reason}), so who has connections on other machines is not known. mcp-pipe doctor tries it.`,
  age: ({ ms }: { ms: number }) => `for ${time(ms)}`,
  fence: ({ fence }: { fence: number }) => `fence ${fence}`,
  left: ({ ms }: { ms: number }) => `${time(ms)} left`,
  free: ({ count }: { count: number }) => (count === 1 ? 'free' : `${count} free`),
  noDaemon: 'No mcp-pipe of this configuration runs, so none of its links waits.',
};

const vi: typeof en = {
  help: {
    about:
      'Liệt kê ai đang giữ kết nối của token nào, trên máy này hoặc trên mọi máy dùng chung một Redis, và link nào đang chờ.',
    json: 'in danh sách cho chương trình khác đọc',
    more: `
Ví dụ:
  mcp-pipe leases                            ai giữ kết nối nào, và link nào của ./mcp_config.json đang chờ
  mcp-pipe leases --json                     như trên, cho chương trình khác đọc
  mcp-pipe leases --lang vi                  bằng tiếng Việt

Mọi mcp-pipe của một người dùng trên một máy nhường nhau: một token có tối đa "connectionsPerToken" kết nối, dù bản nào
đang giữ. Token được hiển thị bằng dấu vân tay, như mcp-pipe check in sau dấu #. "Bị bỏ lại" là chỗ của một tiến trình đã
kết thúc mà không trả lại; ai cần tiếp theo sẽ lấy chỗ đó.

Với "redis", lệnh liệt kê kết nối của mọi token trong cấu hình này cùng chủ của chúng trên tất cả các máy, dù mcp-pipe có
chạy ở đây hay không: máy, link, tiến trình, giữ bao lâu, số hiệu (tăng lên với mỗi chủ), và lease còn lại bao lâu nếu
không được gia hạn. Khi Redis không trả lời, mã thoát là 1.
`,
  },
  token: ({ label }) => `token #${label}`,
  account: ({ label }) => `tài khoản ${label}`,
  unknown: 'không rõ',
  connection: ({ number }) => `kết nối ${number}`,
  process: ({ pid }) => `pid ${pid}`,
  since: ({ at }) => `từ ${at}`,
  alive: 'đang chạy',
  stale: 'bị bỏ lại: bên kế tiếp sẽ dùng chỗ này',
  none: 'Không có mcp-pipe nào của người dùng này trên máy này đang giữ kết nối.',
  waiting: ({ link, whose, holder, obstacle }) => {
    if (obstacle?.why === 'store-down')
      return `${link} đang chờ ${whose}: ${obstacle.store} không trả lời (${obstacle.reason})`;
    if (obstacle) return `${link} đang chờ ${whose}: ${obstacle.store} còn mới hoặc đã mất dữ liệu`;
    const on = holder?.machine === undefined ? '' : ` trên ${holder.machine}`;
    return `${link} đang chờ ${whose}${holder ? `: ${holder.link} (pid ${holder.pid}${on}) đang giữ` : ''}`;
  },
  unavailable: ({ folder, message }) =>
    `Không dùng được file khóa trong ${folder} (${message}): một mcp-pipe khác trên máy này có thể dùng cùng token mà không biết. Hãy chỉ định một thư mục ghi được bằng MCP_PIPE_STATE, hoặc bảo đảm chỉ một bản chạy.`,
  redis: ({ url, processes }) => `Trên tất cả các máy, theo ${url} (${processes} mcp-pipe đã hỏi gần đây):`,
  noRedis: ({ url, reason }) =>
    `${url} không trả lời (${reason}), nên chưa biết ai đang giữ kết nối trên các máy khác. mcp-pipe doctor thử nó giúp.`,
  age: ({ ms }) => `được ${thoiGian(ms)}`,
  fence: ({ fence }) => `số hiệu ${fence}`,
  left: ({ ms }) => `còn ${thoiGian(ms)}`,
  free: ({ count }) => (count === 1 ? 'còn trống' : `${count} chỗ trống`),
  noDaemon: 'Không có mcp-pipe nào đang chạy với cấu hình này, nên không có link nào phải chờ.',
};

/** The words of `mcp-pipe leases`, in both languages. */
export const texts = { en, vi };

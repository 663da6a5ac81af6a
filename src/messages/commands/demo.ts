import { count, time } from '../en/numbers.js';
import { count as countVi, time as timeVi } from '../vi/numbers.js';

/** A fault of `--chaos`: what happens to which server or link, and for how long. */
interface FaultFacts {
  kind: 'kill' | 'freeze' | 'deaf' | 'drop' | 'limit';
  /** The server or link. */
  at: string;
  /** The server's process. */
  pid: number | undefined;
  lastsMs: number;
  wasDone: boolean;
}

const pidless = (kind: FaultFacts['kind']) => kind !== 'kill' && kind !== 'freeze';

const en = {
  help: {
    about:
      'Pipes real MCP servers to the embedded endpoint, lists their tools and calls one. Needs no token.',
    more: `
Examples:
  mcp-pipe demo                              every server that is installed
  mcp-pipe demo --log-level info             with the log of what happens inside
  mcp-pipe demo --chaos                      a minute of failures while calls go on: is any call lost?
  mcp-pipe demo --chaos --seed 7 --seconds 20

--chaos kills and freezes servers, cuts connections, lets the endpoint go silent or refuse with 4004, all on this
machine and only what it has started itself. The same seed brings the same failures at the same times.

Exit codes: 0 all went well (--chaos: nothing lost, nothing wrong, every link works again), 1 otherwise, 130 Ctrl-C.
`,
    chaos: 'let servers and connections fail while calls go on, and count what is lost',
    seed: 'with --chaos: which failures happen when; without it, a number is chosen and shown',
    seconds: 'with --chaos: for how many seconds failures happen, 5 to 600; 60 without it',
    json: 'with --chaos: print the result as JSON',
  },
  chaos: {
    begins: ({
      seconds,
      seed,
      address,
      links,
    }: {
      seconds: number;
      seed: number;
      address: string;
      links: string;
    }) =>
      `Failures for ${seconds} s (seed ${seed}) while calls go over ${links} to an endpoint on ${address}. Waits are shorter here than in a real run, so that there is time for many failures.`,
    noFreeze: 'Windows cannot freeze a process: that failure is left out.',
    kinds: { kill: 'kill', freeze: 'freeze', deaf: 'silent', drop: 'cut', limit: '4004' },
    /** What follows the kind of the fault: `echo (pid 4711) for 1.5 s`. */
    fault: ({ kind, at, pid, lastsMs, wasDone }: FaultFacts) => {
      if (!wasDone) return `${at}: ${pidless(kind) ? 'not connected' : 'not running'} just now`;
      return `${at}${pid === undefined ? '' : ` (pid ${pid})`}${lastsMs > 0 ? ` for ${time(lastsMs)}` : ''}`;
    },
    calm: 'No further failures; waiting until everything works again and every call has its answer.',
    interrupted: 'Interrupted. Until then:',
    columns: {
      link: 'link',
      ...{
        sent: 'sent',
        answered: 'answered',
        errored: 'errors',
        lost: 'lost',
        wrong: 'wrong',
        open: 'open',
      },
    },
    total: 'together',
    errors: 'Errors, each of which told the caller:',
    wrongAnswers: 'Wrong answers, for instance:',
    instead: ({ expected, got }: { expected: string; got: string }) => `expected "${expected}", got ${got}`,
    recovery: 'Slowest recovery, from a failure to the next right answer:',
    times: 'times',
    never: 'never',
    good: 'No call was lost, no answer was wrong, and every link works again.',
    bad: ({ lost, wrong, never }: { lost: number; wrong: number; never: number }) =>
      [
        ...(lost > 0 ? [`${count(lost, 'call')} lost`] : []),
        ...(wrong > 0 ? [count(wrong, 'wrong answer')] : []),
        ...(never > 0 ? [count(never, 'failure without a recovery', 'failures without a recovery')] : []),
      ].join(', '),
    report: ({ seed, seconds }: { seed: number; seconds: number }) =>
      `This is a defect of mcp-pipe; please report it with what mcp-pipe demo --chaos --seed ${seed} --seconds ${seconds} --log-level info prints.`,
    notReady: ({ links }: { links: string }) =>
      `${links} did not get ready, so nothing could be tried. See why: mcp-pipe demo --chaos --log-level info`,
  },
  begins: ({ address, servers }: { address: string; servers: number }) =>
    `An endpoint listens on ${address}. Starting ${count(servers, 'MCP server')} and piping each to it.`,
  tools: ({ count: n, ms }: { count: number; ms: number }) => `${count(n, 'tool')} in ${time(ms)}`,
  expected: ({ text }: { text: string }) => `expected an answer with ${text}`,
  worked: 'Every server answered through its WebSocket.',
  failed: ({ failed, of }: { failed: number; of: number }) => `${failed} of ${of} failed.`,
  next: 'Next: put your token into .env (MCP_ENDPOINT=wss://...) and run mcp-pipe examples/calculator.js; mcp-pipe --help shows more.',
  noTools: ({ ms }: { ms: number }) => `no list of tools within ${time(ms)}`,
};

const vi: typeof en = {
  help: {
    about:
      'Nối các MCP server thật với endpoint có sẵn, liệt kê tool và gọi thử mỗi server một tool. Không cần token.',
    more: `
Ví dụ:
  mcp-pipe demo                              mọi server đã cài
  mcp-pipe demo --log-level info             kèm log về những gì diễn ra bên trong
  mcp-pipe demo --chaos                      một phút toàn sự cố trong khi vẫn có lời gọi: có lời gọi nào bị mất không?
  mcp-pipe demo --chaos --seed 7 --seconds 20

--chaos tắt ngang và đóng băng server, cắt kết nối, cho endpoint im lặng hoặc từ chối với 4004; tất cả chỉ trên máy
này và chỉ với những gì do chính nó khởi động. Cùng một seed thì cùng các sự cố vào cùng các thời điểm.

Mã thoát: 0 mọi việc đều ổn (--chaos: không mất, không sai, mọi link chạy lại), 1 nếu không, 130 Ctrl-C.
`,
    chaos: 'gây sự cố cho server và kết nối trong khi vẫn có lời gọi, rồi đếm những gì bị mất',
    seed: 'với --chaos: sự cố nào xảy ra lúc nào; nếu không ghi, một số được chọn và hiện ra',
    seconds: 'với --chaos: gây sự cố trong bao nhiêu giây, từ 5 đến 600; không ghi thì 60',
    json: 'với --chaos: in kết quả dạng JSON',
  },
  chaos: {
    begins: ({ seconds, seed, address, links }) =>
      `Gây sự cố trong ${seconds} giây (seed ${seed}) trong khi các lời gọi đi qua ${links} tới một endpoint ở ${address}. Ở đây thời gian chờ ngắn hơn khi chạy thật, để có chỗ cho nhiều sự cố.`,
    noFreeze: 'Windows không đóng băng tiến trình được: sự cố này bị bỏ qua.',
    kinds: { kill: 'tắt ngang', freeze: 'đóng băng', deaf: 'im lặng', drop: 'cắt', limit: '4004' },
    fault: ({ kind, at, pid, lastsMs, wasDone }) => {
      if (!wasDone) return `${at}: lúc này không ${pidless(kind) ? 'có kết nối' : 'chạy'}`;
      return `${at}${pid === undefined ? '' : ` (pid ${pid})`}${lastsMs > 0 ? ` trong ${timeVi(lastsMs)}` : ''}`;
    },
    calm: 'Không gây thêm sự cố; đang đợi mọi thứ chạy lại và mọi lời gọi có câu trả lời.',
    interrupted: 'Đã dừng giữa chừng. Cho đến lúc đó:',
    columns: {
      link: 'link',
      ...{
        sent: 'đã gửi',
        answered: 'trả lời',
        errored: 'lỗi',
        lost: 'bị mất',
        wrong: 'bị sai',
        open: 'đang chờ',
      },
    },
    total: 'tổng cộng',
    errors: 'Các lỗi, lỗi nào cũng được báo cho bên gọi:',
    wrongAnswers: 'Câu trả lời sai, ví dụ:',
    instead: ({ expected, got }) => `đúng ra là "${expected}", nhưng lại là ${got}`,
    recovery: 'Lần hồi phục chậm nhất, từ lúc có sự cố đến câu trả lời đúng tiếp theo:',
    times: 'số lần',
    never: 'không hồi phục',
    good: 'Không lời gọi nào bị mất, không câu trả lời nào sai, và mọi link đều chạy lại.',
    bad: ({ lost, wrong, never }) =>
      [
        ...(lost > 0 ? [`${countVi(lost, 'lời gọi')} bị mất`] : []),
        ...(wrong > 0 ? [`${countVi(wrong, 'câu trả lời')} sai`] : []),
        ...(never > 0 ? [`${countVi(never, 'sự cố')} không hồi phục`] : []),
      ].join(', '),
    report: ({ seed, seconds }) =>
      `Đây là lỗi của mcp-pipe; hãy báo lại cùng những gì mcp-pipe demo --chaos --seed ${seed} --seconds ${seconds} --log-level info in ra.`,
    notReady: ({ links }) =>
      `${links} chưa sẵn sàng nên không thử được gì. Xem lý do: mcp-pipe demo --chaos --log-level info`,
  },
  begins: ({ address, servers }) =>
    `Một endpoint đang lắng nghe ở ${address}. Đang khởi động ${servers} MCP server và nối từng server vào đó.`,
  tools: ({ count, ms }) => `${count} tool sau ${timeVi(ms)}`,
  expected: ({ text }) => `câu trả lời lẽ ra phải có ${text}`,
  worked: 'Mọi server đều trả lời qua WebSocket của mình.',
  failed: ({ failed, of }) => `${failed}/${of} server bị lỗi.`,
  next: 'Tiếp theo: ghi token của bạn vào .env (MCP_ENDPOINT=wss://...) rồi chạy mcp-pipe examples/calculator.js; xem thêm: mcp-pipe --help',
  noTools: ({ ms }) => `không có danh sách tool trong ${timeVi(ms)}`,
};

/** The words of `mcp-pipe demo`, in both languages. */
export const texts = { en, vi };

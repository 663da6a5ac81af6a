import type { WrongTimes } from '../../time/schedule.js';
import type { startFindings as english } from '../en/start-findings.js';

const RIGHT =
  'một khoảng giờ như "07:00-23:00", "22:00-02:00" hoặc "T2-T6 7h-18h", hay một danh sách như vậy';
const WRONG: Readonly<Record<WrongTimes, string>> = {
  form: 'không theo dạng đó',
  day: 'có ngày không hiểu được: hãy dùng T2, T3, T4, T5, T6, T7, CN, cùng với - và ,',
  time: 'có giờ không hợp lệ: muộn nhất là 24:00, và không được bắt đầu lúc 24:00',
  same: 'bắt đầu và kết thúc cùng một lúc; cả ngày là "00:00-24:00"',
};

/** The errors and warnings about when servers are started. */
export const startFindings: typeof english = {
  'demand-passthrough': ({ isOfAll }) => ({
    expected: 'handshake "speculative" cho server chỉ khởi động khi cần',
    got: '"passthrough": chỉ initialize của endpoint mới tới server, nên nó phải chạy từ trước',
    next: isOfAll
      ? 'Server này khởi động cùng mcp-pipe, dù "settings" ghi gì. Hãy ghi "start": "run" vào mục của nó cho rõ.'
      : 'Hãy bỏ "start", hoặc bỏ "handshake".',
  }),
  'keep-without-demand': () => ({
    expected: '"start": "demand" bên cạnh "keep"',
    got: 'một server khởi động cùng mcp-pipe và lúc nào cũng chạy',
    next: 'Hãy ghi "start": "demand" vào mục này; hoặc bỏ "keep".',
  }),
  'keep-form': ({ wrong, written }) => ({
    expected: RIGHT,
    got: `${JSON.stringify(written)}, ${WRONG[wrong]}`,
    next: 'Hãy ghi giờ và phút theo đồng hồ của máy này: "07:00-23:00".',
  }),
};

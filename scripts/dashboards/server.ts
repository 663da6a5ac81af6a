import type { Board } from './board.js';
import { calls } from './sections.js';

const ONE = 'server="$server", instance=~"$instance"';

/** Is one server well, who calls what, and what does it cost? */
export const server: Board = {
  name: 'server',
  title: { en: 'mcp-pipe: one server', vi: 'mcp-pipe: một server' },
  about: {
    en: 'Is one server well, which tools are called, and what does it cost? Made by scripts/dashboards; docs/dashboards.md explains it.',
    vi: 'Một server có ổn không, tool nào được gọi, và tốn bao nhiêu? Được tạo bởi scripts/dashboards; docs/vi/dashboards.md giải thích.',
  },
  variables: [
    {
      name: 'server',
      label: { en: 'server', vi: 'server' },
      values: 'label_values(mcp_pipe_server_up, server)',
      isMany: false,
    },
    {
      name: 'instance',
      label: { en: 'process', vi: 'tiến trình' },
      values: 'label_values(mcp_pipe_server_up{server="$server"}, instance)',
      isMany: true,
    },
  ],
  sections: [
    {
      title: { en: 'Its process', vi: 'Tiến trình của server' },
      panels: [
        {
          kind: 'states',
          title: { en: 'Can answer', vi: 'Trả lời được' },
          about: {
            en: 'Whether it can answer, or starts with the next call; a strip for each mcp-pipe.',
            vi: 'Server trả lời được, hoặc sẽ khởi động khi có lời gọi; mỗi mcp-pipe một dải.',
          },
          unit: 'short',
          width: 12,
          height: 4,
          queries: [{ expr: `mcp_pipe_server_up{${ONE}}`, legend: '{{instance}}' }],
        },
        {
          kind: 'figure',
          title: { en: 'In this state for', vi: 'Ở trạng thái này đã' },
          about: {
            en: 'Since the state of the server last changed.',
            vi: 'Kể từ lần cuối trạng thái của server thay đổi.',
          },
          unit: 's',
          queries: [{ expr: `time() - max(mcp_pipe_server_changed_timestamp_seconds{${ONE}})` }],
        },
        {
          kind: 'figure',
          title: { en: 'Last start took', vi: 'Lần khởi động cuối mất' },
          about: {
            en: 'How long the last start of the server took, until it could answer.',
            vi: 'Lần khởi động cuối của server mất bao lâu cho đến khi trả lời được.',
          },
          unit: 's',
          redFrom: 30,
          queries: [{ expr: `max(mcp_pipe_server_start_duration_seconds{${ONE}})` }],
        },
        {
          kind: 'figure',
          title: { en: 'Started again', vi: 'Khởi động lại' },
          about: {
            en: 'Starts and attempts to start it after it had ended, in the last hour.',
            vi: 'Số lần khởi động, hoặc thử khởi động, sau khi server dừng, trong giờ qua.',
          },
          unit: 'short',
          redFrom: 4,
          queries: [{ expr: `sum(increase(mcp_pipe_server_restarts_total{${ONE}}[1h])) or vector(0)` }],
        },
        {
          kind: 'stacked',
          title: { en: 'Why it ended', vi: 'Vì sao server dừng' },
          about: {
            en: 'Ends that mcp-pipe did not ask for, and starts that failed, by cause. `mcp-pipe explain` tells the last minute before.',
            vi: 'Những lần dừng ngoài ý muốn của mcp-pipe, và những lần khởi động thất bại, theo nguyên nhân. `mcp-pipe explain` kể lại phút cuối trước đó.',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum by (cause) (increase(mcp_pipe_server_exits_total{${ONE}}[$__rate_interval]))`,
              legend: '{{cause}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: { en: 'Memory', vi: 'Bộ nhớ' },
          about: {
            en: 'Resident memory of its process tree. What only grows is a leak: `mcp-pipe restart NAME`.',
            vi: 'Bộ nhớ thường trú (RSS) của cây tiến trình. Chỉ tăng mà không giảm là rò rỉ: `mcp-pipe restart TÊN`.',
          },
          unit: 'bytes',
          queries: [{ expr: `mcp_pipe_server_memory_bytes{${ONE}}`, legend: '{{instance}}' }],
        },
        {
          kind: 'lines',
          title: { en: 'Processor', vi: 'CPU' },
          about: {
            en: 'Of its process tree; 1 is one processor.',
            vi: 'Của cây tiến trình; 1 là một nhân CPU.',
          },
          unit: 'short',
          queries: [{ expr: `mcp_pipe_server_cpu_ratio{${ONE}}`, legend: '{{instance}}' }],
        },
        {
          kind: 'lines',
          title: { en: 'Processes', vi: 'Số tiến trình' },
          about: {
            en: 'Of its tree, and those that it has for some clients only.',
            vi: 'Trong cây tiến trình, và các tiến trình dành riêng cho một số client.',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum(mcp_pipe_server_processes{${ONE}})`,
              legend: { en: 'of its tree', vi: 'trong cây' },
            },
            {
              expr: `sum(mcp_pipe_server_instances{${ONE}}) or vector(0)`,
              legend: { en: 'for some clients only', vi: 'dành riêng cho client' },
            },
          ],
        },
      ],
    },
    {
      title: { en: 'Its calls', vi: 'Lời gọi' },
      panels: [
        ...calls(ONE),
        {
          kind: 'lines',
          title: { en: 'Calls of each tool', vi: 'Lời gọi của từng tool' },
          about: {
            en: 'Per second. other: names that it does not list, and tools beyond the first 64.',
            vi: 'Mỗi giây. other: tên không có trong danh sách của server, và các tool sau tool thứ 64.',
          },
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (tool) (rate(mcp_requests_total{${ONE}, tool!=""}[$__rate_interval]))`,
              legend: '{{tool}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: { en: 'p95 of each tool', vi: 'p95 của từng tool' },
          about: {
            en: 'Nineteen of twenty calls of it take at most this long.',
            vi: 'Cứ hai mươi lời gọi tool này thì mười chín lời gọi mất không quá thời gian này.',
          },
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.95, sum by (tool, le) (rate(mcp_request_duration_seconds_bucket{${ONE}, tool!=""}[$__rate_interval])))`,
              legend: '{{tool}}',
            },
          ],
        },
        {
          kind: 'stacked',
          title: { en: 'Calls that failed', vi: 'Lời gọi bị lỗi' },
          about: {
            en: 'By tool and how they ended. `mcp-pipe logs NAME` and the audit log name them one by one.',
            vi: 'Theo tool và kết quả. `mcp-pipe logs TÊN` và audit log cho biết từng lời gọi.',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum by (tool, status) (increase(mcp_requests_total{${ONE}, status!="ok"}[$__rate_interval]))`,
              legend: '{{tool}} {{status}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: { en: 'Works on, and holds back', vi: 'Đang xử lý, và đang chờ' },
          about: {
            en: 'Requests that the server works on now, and messages that wait until it can take them.',
            vi: 'Số yêu cầu server đang xử lý, và số message chờ đến khi server nhận được.',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum(mcp_pipe_requests_in_flight{${ONE}})`,
              legend: { en: 'in flight', vi: 'đang xử lý' },
            },
            { expr: `sum(mcp_pipe_messages_held{${ONE}})`, legend: { en: 'held', vi: 'đang chờ' } },
          ],
        },
        {
          kind: 'lines',
          width: 24,
          title: { en: 'Oldest request', vi: 'Yêu cầu lâu nhất' },
          about: {
            en: 'Age of the oldest request that the server works on. A line that climbs is a call that hangs.',
            vi: 'Tuổi của yêu cầu lâu nhất mà server đang xử lý. Đường đi lên mãi là một lời gọi bị treo.',
          },
          unit: 's',
          queries: [
            { expr: `max(mcp_pipe_oldest_request_age_seconds{${ONE}})`, legend: { en: 'age', vi: 'tuổi' } },
          ],
        },
      ],
    },
  ],
};

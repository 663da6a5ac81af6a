import type { Board } from './board.js';
import { calls, MACHINE, PROCESS } from './sections.js';

const OURS = 'instance=~"$instance"';

/** Is everything well, and if not, where? */
export const overview: Board = {
  name: 'overview',
  title: { en: 'mcp-pipe: overview', vi: 'mcp-pipe: tổng quan' },
  about: {
    en: 'Is everything well, and if not, where? Made by scripts/dashboards; docs/dashboards.md explains it.',
    vi: 'Mọi thứ có ổn không, nếu không thì ở đâu? Được tạo bởi scripts/dashboards; docs/vi/dashboards.md giải thích.',
  },
  variables: [
    {
      name: 'instance',
      label: { en: 'process', vi: 'tiến trình' },
      values: 'label_values(mcp_pipe_build_info, instance)',
      isMany: true,
    },
  ],
  sections: [
    {
      title: { en: 'Now', vi: 'Lúc này' },
      panels: [
        {
          kind: 'figure',
          title: { en: 'Alerts', vi: 'Cảnh báo' },
          about: {
            en: 'Alerts of Prometheus that fire. docs/alerts.md says what each means.',
            vi: 'Cảnh báo của Prometheus đang bật. docs/vi/alerts.md cho biết ý nghĩa của từng cảnh báo.',
          },
          unit: 'short',
          redFrom: 1,
          queries: [{ expr: 'count(ALERTS{alertstate="firing"}) or vector(0)' }],
        },
        {
          kind: 'figure',
          title: { en: 'Links down', vi: 'Link bị ngắt' },
          about: {
            en: 'Links whose connection is not open; those that wait for a connection of their token are meant to wait.',
            vi: 'Số link không có kết nối mở; link đang chờ đến lượt dùng kết nối của token thì không tính.',
          },
          unit: 'short',
          redFrom: 1,
          queries: [
            {
              expr: `count((mcp_pipe_link_up{${OURS}} == 0) unless on (instance, link) (mcp_pipe_lease_waiting{${OURS}} == 1)) or vector(0)`,
            },
          ],
        },
        {
          kind: 'figure',
          title: { en: 'Servers down', vi: 'Server bị ngừng' },
          about: {
            en: 'Servers that cannot answer. `mcp-pipe status` says why, and what to do.',
            vi: 'Số server không trả lời được. `mcp-pipe status` cho biết vì sao và cần làm gì.',
          },
          unit: 'short',
          redFrom: 1,
          queries: [{ expr: `count(mcp_pipe_server_up{${OURS}} == 0) or vector(0)` }],
        },
        {
          kind: 'figure',
          title: { en: 'Requests', vi: 'Yêu cầu' },
          about: {
            en: 'Requests of endpoints and clients that ended, per second.',
            vi: 'Số yêu cầu của endpoint và client đã kết thúc, mỗi giây.',
          },
          unit: 'reqps',
          queries: [{ expr: `sum(rate(mcp_requests_total{${OURS}}[$__rate_interval])) or vector(0)` }],
        },
        {
          kind: 'figure',
          title: { en: 'Failing', vi: 'Tỷ lệ lỗi' },
          about: {
            en: 'Part of the requests that got an error, no answer in time, or lost their connection. Those that a caller cancelled do not count.',
            vi: 'Phần yêu cầu nhận lỗi, quá thời gian chờ, hoặc mất kết nối. Yêu cầu do bên gọi huỷ không tính.',
          },
          unit: 'percentunit',
          redFrom: 0.05,
          queries: [
            {
              expr: `sum(rate(mcp_requests_total{${OURS}, status=~"error|timed-out|lost"}[$__rate_interval])) / sum(rate(mcp_requests_total{${OURS}}[$__rate_interval])) or vector(0)`,
            },
          ],
        },
        {
          kind: 'figure',
          title: { en: 'p95 of calls', vi: 'p95 của lời gọi' },
          about: {
            en: 'Nineteen of twenty calls of tools take at most this long.',
            vi: 'Cứ hai mươi lời gọi tool thì mười chín lời gọi mất không quá thời gian này.',
          },
          unit: 's',
          redFrom: 5,
          queries: [
            {
              expr: `histogram_quantile(0.95, sum by (le) (rate(mcp_request_duration_seconds_bucket{${OURS}, tool!=""}[$__rate_interval])))`,
            },
          ],
        },
      ],
    },
    {
      title: { en: 'Requests', vi: 'Yêu cầu' },
      panels: [
        ...calls(OURS),
        {
          kind: 'lines',
          title: { en: 'Requests of each server', vi: 'Yêu cầu của từng server' },
          about: {
            en: 'Per second. Without a name: for no server, or for several at once, such as tools/list.',
            vi: 'Mỗi giây. Không tên: không dành cho server nào, hoặc cho nhiều server cùng lúc, như tools/list.',
          },
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (server) (rate(mcp_requests_total{${OURS}}[$__rate_interval]))`,
              legend: '{{server}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: { en: 'p95 of each server', vi: 'p95 của từng server' },
          about: {
            en: 'Nineteen of twenty calls of its tools take at most this long.',
            vi: 'Cứ hai mươi lời gọi tool của server thì mười chín lời gọi mất không quá thời gian này.',
          },
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.95, sum by (server, le) (rate(mcp_request_duration_seconds_bucket{${OURS}, tool!=""}[$__rate_interval])))`,
              legend: '{{server}}',
            },
          ],
        },
      ],
    },
    {
      title: { en: 'Links and servers', vi: 'Link và server' },
      panels: [
        {
          kind: 'states',
          title: { en: 'Links', vi: 'Link' },
          about: {
            en: 'Whether the connection of each link is open. "mcp-pipe: one link" shows one of them.',
            vi: 'Kết nối của từng link có mở không. "mcp-pipe: một link" cho xem riêng từng link.',
          },
          unit: 'short',
          queries: [{ expr: `mcp_pipe_link_up{${OURS}}`, legend: '{{link}}' }],
        },
        {
          kind: 'states',
          title: { en: 'Servers', vi: 'Server' },
          about: {
            en: 'Whether each server can answer, in each mcp-pipe that has it. "mcp-pipe: one server" shows one of them.',
            vi: 'Từng server có trả lời được không, ở mỗi mcp-pipe có server đó. "mcp-pipe: một server" cho xem riêng từng server.',
          },
          unit: 'short',
          queries: [{ expr: `mcp_pipe_server_up{${OURS}}`, legend: '{{server}} ({{instance}})' }],
        },
        {
          kind: 'stacked',
          title: { en: 'Why connections end', vi: 'Vì sao kết nối kết thúc' },
          about: {
            en: 'Connections that ended, by cause. docs/messages.md says what each cause means and what to do.',
            vi: 'Số kết nối đã kết thúc, theo nguyên nhân. docs/vi/messages.md cho biết ý nghĩa từng nguyên nhân và việc cần làm.',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum by (link, cause) (increase(mcp_pipe_connection_closes_total{${OURS}}[$__rate_interval]))`,
              legend: '{{link}}: {{cause}}',
            },
          ],
        },
        {
          kind: 'stacked',
          title: { en: 'Servers that were started again', vi: 'Server phải khởi động lại' },
          about: {
            en: 'Starts and attempts to start a server that had ended. The log of the server says why: `mcp-pipe logs NAME`.',
            vi: 'Số lần khởi động, hoặc thử khởi động, một server đã dừng. Log của server cho biết vì sao: `mcp-pipe logs TÊN`.',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum by (server) (increase(mcp_pipe_server_restarts_total{${OURS}}[$__rate_interval]))`,
              legend: '{{server}}',
            },
          ],
        },
        {
          kind: 'stacked',
          title: { en: 'Memory of servers', vi: 'Bộ nhớ của các server' },
          about: {
            en: 'Resident memory of the process tree of each server.',
            vi: 'Bộ nhớ thường trú (RSS) của cây tiến trình từng server.',
          },
          unit: 'bytes',
          queries: [
            { expr: `sum by (server) (mcp_pipe_server_memory_bytes{${OURS}})`, legend: '{{server}}' },
          ],
        },
        {
          kind: 'stacked',
          title: { en: 'Clients', vi: 'Client' },
          about: {
            en: 'Clients that are connected to mcp-pipe, by how they are connected.',
            vi: 'Số client đang kết nối vào mcp-pipe, theo cách kết nối.',
          },
          unit: 'short',
          queries: [{ expr: `sum by (kind) (mcp_pipe_gateway_clients{${OURS}})`, legend: '{{kind}}' }],
        },
      ],
    },
    PROCESS,
    MACHINE,
  ],
};

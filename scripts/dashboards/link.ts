import type { Board } from './board.js';

const ONE = 'link="$link", instance=~"$instance"';

/** What has happened to one link, and why? */
export const link: Board = {
  name: 'link',
  title: { en: 'mcp-pipe: one link', vi: 'mcp-pipe: một link' },
  about: {
    en: 'What has happened to one link, and why? Made by scripts/dashboards; docs/dashboards.md explains it.',
    vi: 'Chuyện gì đã xảy ra với một link, và vì sao? Được tạo bởi scripts/dashboards; docs/vi/dashboards.md giải thích.',
  },
  variables: [
    {
      name: 'link',
      label: { en: 'link', vi: 'link' },
      values: 'label_values(mcp_pipe_link_up, link)',
      isMany: false,
    },
    {
      name: 'instance',
      label: { en: 'process', vi: 'tiến trình' },
      values: 'label_values(mcp_pipe_link_up{link="$link"}, instance)',
      isMany: true,
    },
  ],
  sections: [
    {
      title: { en: 'Its connection', vi: 'Kết nối' },
      panels: [
        {
          kind: 'states',
          title: { en: 'Connected, and ready', vi: 'Đã kết nối, và sẵn sàng' },
          about: {
            en: 'Ready: it is connected, a server of it can answer, and the endpoint has been answered.',
            vi: 'Sẵn sàng: đã kết nối, có server trả lời được, và endpoint đã nhận được trả lời.',
          },
          unit: 'short',
          width: 16,
          height: 4,
          states: [
            { en: 'yes', vi: 'có' },
            { en: 'no', vi: 'không' },
          ],
          queries: [
            { expr: `mcp_pipe_link_up{${ONE}}`, legend: { en: 'connected', vi: 'kết nối' } },
            { expr: `mcp_pipe_link_ready{${ONE}}`, legend: { en: 'ready', vi: 'sẵn sàng' } },
          ],
        },
        {
          kind: 'figure',
          title: { en: 'In this state for', vi: 'Ở trạng thái này đã' },
          about: {
            en: 'Since the state of the link last changed.',
            vi: 'Kể từ lần cuối trạng thái của link thay đổi.',
          },
          unit: 's',
          queries: [{ expr: `time() - max(mcp_pipe_link_changed_timestamp_seconds{${ONE}})` }],
        },
        {
          kind: 'figure',
          title: { en: 'Token contested', vi: 'Token bị tranh chấp' },
          about: {
            en: '1: another program with the same token keeps replacing the connection. Stop it, or make a token of its own.',
            vi: '1: một chương trình khác dùng cùng token liên tục giành kết nối. Hãy dừng nó, hoặc tạo token riêng cho nó.',
          },
          unit: 'short',
          redFrom: 1,
          queries: [{ expr: `max(mcp_pipe_token_contested{${ONE}})` }],
        },
        {
          kind: 'stacked',
          title: { en: 'Why its connections end', vi: 'Vì sao kết nối của link kết thúc' },
          about: {
            en: 'By cause; "asked", "list-change-unread", "turn", "yielded" and "stopped" are no errors. docs/messages.md says what to do.',
            vi: 'Theo nguyên nhân; "asked", "list-change-unread", "turn", "yielded" và "stopped" không phải lỗi. docs/vi/messages.md cho biết việc cần làm.',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum by (cause) (increase(mcp_pipe_connection_closes_total{${ONE}}[$__rate_interval]))`,
              legend: '{{cause}}',
            },
          ],
        },
        {
          kind: 'stacked',
          title: { en: 'Attempts to connect', vi: 'Số lần thử kết nối' },
          about: {
            en: 'All of them, and those that failed by cause.',
            vi: 'Tất cả các lần, và những lần thất bại theo nguyên nhân.',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum(increase(mcp_pipe_connections_total{${ONE}}[$__rate_interval]))`,
              legend: { en: 'connected', vi: 'đã kết nối' },
            },
            {
              expr: `sum by (cause) (increase(mcp_pipe_dial_failures_total{${ONE}}[$__rate_interval]))`,
              legend: '{{cause}}',
            },
          ],
        },
        {
          kind: 'states',
          title: { en: 'Has the connection of its token', vi: 'Đang giữ kết nối của token' },
          about: {
            en: 'Red while it waits for a connection of its token to become free: `mcp-pipe leases` says who has it.',
            vi: 'Đỏ khi link chờ kết nối của token được nhả ra: `mcp-pipe leases` cho biết ai đang giữ.',
          },
          unit: 'short',
          height: 4,
          states: [
            { en: 'has it', vi: 'đang giữ' },
            { en: 'waits', vi: 'đang chờ' },
          ],
          queries: [{ expr: `1 - mcp_pipe_lease_waiting{${ONE}}`, legend: '{{link}}' }],
        },
        {
          kind: 'figure',
          width: 12,
          title: { en: 'Given up for another', vi: 'Nhường cho nơi khác' },
          about: {
            en: 'Connections that were given up for another link or process, in the last hour.',
            vi: 'Số kết nối đã nhường cho link hoặc tiến trình khác, trong giờ qua.',
          },
          unit: 'short',
          queries: [{ expr: `sum(increase(mcp_pipe_lease_yields_total{${ONE}}[1h])) or vector(0)` }],
        },
      ],
    },
    {
      title: { en: 'What it carries', vi: 'Dữ liệu đi qua' },
      panels: [
        {
          kind: 'stacked',
          title: { en: 'Requests by how they end', vi: 'Yêu cầu theo kết quả' },
          about: {
            en: 'Per second. ok: answered with a result; error: with a JSON-RPC error; timed-out; cancelled by the endpoint; lost: the connection ended first.',
            vi: 'Mỗi giây. ok: có kết quả; error: lỗi JSON-RPC; timed-out: quá thời gian chờ; cancelled: endpoint huỷ; lost: kết nối kết thúc trước.',
          },
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (status) (rate(mcp_pipe_link_requests_total{${ONE}}[$__rate_interval]))`,
              legend: '{{status}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: { en: 'Bytes', vi: 'Số byte' },
          about: {
            en: 'Of messages, per second.',
            vi: 'Của các message, mỗi giây.',
          },
          unit: 'Bps',
          queries: [
            {
              expr: `sum(rate(mcp_pipe_link_received_bytes_total{${ONE}}[$__rate_interval]))`,
              legend: { en: 'from the endpoint', vi: 'từ endpoint' },
            },
            {
              expr: `sum(rate(mcp_pipe_link_sent_bytes_total{${ONE}}[$__rate_interval]))`,
              legend: { en: 'to the endpoint', vi: 'đến endpoint' },
            },
          ],
        },
        {
          kind: 'lines',
          title: { en: 'Waits to be sent', vi: 'Chờ được gửi' },
          about: {
            en: 'Bytes of answers that wait until the endpoint reads them. What only grows: a slow network, or an endpoint that does not read.',
            vi: 'Số byte trả lời đang chờ endpoint đọc. Chỉ tăng mà không giảm: mạng chậm, hoặc endpoint không đọc.',
          },
          unit: 'bytes',
          queries: [
            {
              expr: `sum(mcp_pipe_link_unsent_bytes{${ONE}})`,
              legend: { en: 'unsent', vi: 'chưa gửi' },
            },
          ],
        },
        {
          kind: 'stacked',
          title: { en: 'Messages that were dropped', vi: 'Message bị bỏ' },
          about: {
            en: '"invalid" is no JSON-RPC, "oversize" is over the bound, "stale" answers no open request; "full": the queue for the servers has reached its bound (docs/limits.md).',
            vi: '"invalid" không phải JSON-RPC, "oversize" vượt giới hạn, "stale" trả lời một yêu cầu không còn mở; "full": hàng đợi tới server đã đầy (docs/vi/limits.md).',
          },
          unit: 'short',
          queries: [
            {
              expr: `sum by (reason) (increase(mcp_pipe_dropped_messages_total{${ONE}}[$__rate_interval]))`,
              legend: '{{reason}}',
            },
            {
              expr: `sum(increase(mcp_pipe_queue_full_total{${ONE}}[$__rate_interval]))`,
              legend: { en: 'full', vi: 'full' },
            },
          ],
        },
      ],
    },
  ],
};

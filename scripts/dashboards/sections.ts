import type { Panel, Section } from './board.js';

/** How many calls there are, how they end and how long they take, of the requests with these labels. */
export function calls(labels: string): Panel[] {
  const quantile = (part: number) => ({
    expr: `histogram_quantile(${part}, sum by (le) (rate(mcp_request_duration_seconds_bucket{${labels}, tool!=""}[$__rate_interval])))`,
    legend: `p${part * 100}`,
  });
  return [
    {
      kind: 'stacked',
      title: { en: 'Requests by how they end', vi: 'Yêu cầu theo kết quả' },
      about: {
        en: 'Per second. ok: answered with a result; error: with a JSON-RPC error; timed-out; cancelled by the caller; lost: the connection ended first.',
        vi: 'Mỗi giây. ok: có kết quả; error: lỗi JSON-RPC; timed-out: quá thời gian chờ; cancelled: bên gọi huỷ; lost: kết nối kết thúc trước khi có trả lời.',
      },
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (status) (rate(mcp_requests_total{${labels}}[$__rate_interval]))`,
          legend: '{{status}}',
        },
      ],
    },
    {
      kind: 'lines',
      title: { en: 'How long calls of tools take', vi: 'Thời gian của lời gọi tool' },
      about: {
        en: 'p95: nineteen of twenty calls take at most this long. xiaozhi.me gives up a call after 10 s or so.',
        vi: 'p95: cứ hai mươi lời gọi thì mười chín lời gọi mất không quá thời gian này. xiaozhi.me bỏ một lời gọi sau khoảng 10 giây.',
      },
      unit: 's',
      queries: [quantile(0.5), quantile(0.95), quantile(0.99)],
    },
  ];
}

/** mcp-pipe itself. */
export const PROCESS: Section = {
  title: { en: 'mcp-pipe itself', vi: 'Bản thân mcp-pipe' },
  panels: [
    {
      kind: 'states',
      title: { en: 'Processes', vi: 'Tiến trình' },
      about: {
        en: 'Whether each process of mcp-pipe answers Prometheus.',
        vi: 'Từng tiến trình mcp-pipe có trả lời Prometheus không.',
      },
      unit: 'short',
      queries: [{ expr: 'up{job="mcp-pipe", instance=~"$instance"}', legend: '{{instance}}' }],
    },
    {
      kind: 'lines',
      title: { en: 'How late timers are', vi: 'Timer trễ bao lâu' },
      about: {
        en: 'Delay of the event loop, 99 of 100 times at most this long. Above 0.1 s mcp-pipe itself is held up: too much work, or a machine that is too busy.',
        vi: 'Độ trễ của event loop, 99 trên 100 lần không quá mức này. Trên 0,1 giây thì chính mcp-pipe bị nghẽn: quá nhiều việc, hoặc máy quá bận.',
      },
      unit: 's',
      queries: [
        { expr: 'nodejs_eventloop_lag_p99_seconds{instance=~"$instance"}', legend: '{{instance}} p99' },
      ],
    },
    {
      kind: 'lines',
      title: { en: 'Processor of mcp-pipe', vi: 'CPU của mcp-pipe' },
      about: { en: '1 is one processor.', vi: '1 là một nhân CPU.' },
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'rate(process_cpu_seconds_total{job="mcp-pipe", instance=~"$instance"}[$__rate_interval])',
          legend: '{{instance}}',
        },
      ],
    },
    {
      kind: 'lines',
      title: { en: 'Memory of mcp-pipe', vi: 'Bộ nhớ của mcp-pipe' },
      about: { en: 'Resident memory, without servers.', vi: 'Bộ nhớ thường trú (RSS), không kể server.' },
      unit: 'bytes',
      width: 8,
      queries: [
        {
          expr: 'process_resident_memory_bytes{job="mcp-pipe", instance=~"$instance"}',
          legend: '{{instance}}',
        },
      ],
    },
    {
      kind: 'lines',
      title: { en: 'Open files and sockets', vi: 'File và socket đang mở' },
      about: {
        en: 'A number that only grows is a leak.',
        vi: 'Con số chỉ tăng mà không giảm là dấu hiệu rò rỉ.',
      },
      unit: 'short',
      width: 8,
      queries: [{ expr: 'process_open_fds{job="mcp-pipe", instance=~"$instance"}', legend: '{{instance}}' }],
    },
  ],
};

/** What node-exporter says, when there is one. */
export const MACHINE: Section = {
  title: { en: 'The machine (needs node-exporter)', vi: 'Máy (cần node-exporter)' },
  panels: [
    {
      kind: 'lines',
      title: { en: 'Processors in use', vi: 'CPU đang dùng' },
      about: { en: 'Of all processors.', vi: 'Trên tổng số nhân CPU.' },
      unit: 'percentunit',
      width: 8,
      queries: [
        {
          expr: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
          legend: '{{instance}}',
        },
      ],
    },
    {
      kind: 'lines',
      title: { en: 'Memory in use', vi: 'Bộ nhớ đang dùng' },
      about: {
        en: 'What cannot be given to another program.',
        vi: 'Phần không thể cấp cho chương trình khác.',
      },
      unit: 'percentunit',
      width: 8,
      queries: [
        {
          expr: '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes',
          legend: '{{instance}}',
        },
      ],
    },
    {
      kind: 'lines',
      title: { en: 'Disks in use', vi: 'Ổ đĩa đã dùng' },
      about: {
        en: 'Logs, backups and images of Docker fill it: `docker system df`.',
        vi: 'Log, bản sao lưu và image của Docker làm đầy ổ: `docker system df`.',
      },
      unit: 'percentunit',
      width: 8,
      queries: [
        {
          expr: '1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs|ramfs"} / node_filesystem_size_bytes{fstype!~"tmpfs|overlay|squashfs|ramfs"}',
          legend: '{{mountpoint}}',
        },
      ],
    },
  ],
};

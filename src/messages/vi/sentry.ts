import type { sentry as en } from '../en/sentry.js';

/** As the English ones. */
export const sentry: typeof en = {
  reporting: ({ host, environment }) =>
    `Sự cố, lỗi trong log và link bị hỏng được báo đến ${host} (môi trường "${environment}").`,
  test: 'Tin thử của mcp-pipe: lỗi của nó sẽ được báo ở đây.',
  noMore: 'Không còn báo gì cho Sentry nữa.',
  undelivered: ({ why }) =>
    `Báo cáo gửi Sentry không đến nơi; những báo cáo mới nhất được giữ lại để gửi sau. Server và link vẫn chạy. ${why}`,
  again: ({ host }) => `Báo cáo đã đến ${host} trở lại.`,
  wrongDsn: ({ host, status }) =>
    `${host} không chấp nhận DSN (HTTP ${status}), nên không có gì được báo. Hãy copy lại toàn bộ DSN: trong Sentry ở Settings, Projects, dự án của bạn, Client Keys (DSN); trong GlitchTip ở phần cài đặt của dự án. Ghi nó vào nơi mà "sentry" lấy giá trị, rồi chạy: mcp-pipe reload`,
  refused: ({ host, status }) =>
    `${host} không nhận một báo cáo (HTTP ${status}); báo cáo đó bị bỏ. Hãy kiểm tra DSN có dẫn đến Sentry hoặc GlitchTip không, và xem log của nơi đó.`,
};

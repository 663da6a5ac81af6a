import type { points as en } from '../en/production-points.js';

export const points: { [Id in keyof typeof en]: Record<keyof (typeof en)[Id], string> } = {
  authentication: {
    title: 'Bên gọi phải đăng nhập',
    asked: 'Gateway yêu cầu khóa hoặc token.',
    noGateway: 'Không có cổng nào chờ bên gọi.',
    open: 'Gateway nhận mọi bên gọi. Hãy tạo một khóa cho mỗi bên gọi: mcp-pipe key add NAME',
  },
  rateLimits: {
    title: 'Số lời gọi có giới hạn',
    limited: 'Gateway giới hạn số lời gọi của mỗi bên gọi.',
    noGateway: 'Không có cổng nào chờ bên gọi; endpoint tự giới hạn các lời gọi của nó.',
    unlimited: 'Một bên gọi có thể chiếm hết tài nguyên. Hãy ghi "rate": "100/m" vào "gateway".',
  },
  inputValidation: {
    title: 'Dữ liệu gửi đến được kiểm tra',
    checked: 'Đối số được kiểm tra theo schema của từng tool; message và kích thước thì luôn được kiểm tra.',
    messagesOnly:
      'Message và kích thước được kiểm tra, còn đối số thì để server tự lo. Hãy ghi "checkArguments": true vào từng server.',
  },
  securityHeaders: {
    title: 'Có các header bảo mật',
    sent: 'Mọi phản hồi của gateway và của trang trạng thái đều có.',
    noGateway: 'Không có cổng nào chờ bên gọi.',
  },
  nonRoot: {
    title: 'Không chạy bằng root',
    user: 'Đang chạy bằng người dùng thường.',
    root: 'Đang chạy bằng root. Hãy bỏ "user: root" khỏi file compose: image của mcp-pipe có người dùng riêng. Với image khác, hãy ghi "user: 1001:1001". Ngoài container: hãy chạy bằng người dùng khác.',
    otherImage:
      'Image không phải của mcp-pipe: không thấy được nó chạy bằng người dùng nào, mà đa số là root. Hãy ghi "user: 1001:1001" vào file compose.',
  },
  secrets: {
    title: 'Bí mật được để riêng',
    apart: 'Không thấy bí mật nào trong cấu hình hay trong file mà người khác đọc được.',
    found: 'Có bí mật nằm ở nơi người khác đọc được: xem các cảnh báo của mcp-pipe check.',
  },
  encryption: {
    title: 'Bên gọi chỉ kết nối qua TLS',
    tls: 'Địa chỉ của gateway là https.',
    local: 'Chỉ máy này kết nối được tới gateway.',
    noGateway: 'Không có cổng nào chờ bên gọi.',
    plain:
      'Khóa được gửi đi mà không mã hóa. Hãy đặt nginx ở phía trước và ghi "publicUrl": "https://…" vào "gateway", hoặc cấp chứng chỉ cho nó ("tls").',
  },
  notExposed: {
    title: 'Chỉ công khai cổng của proxy',
    inside: 'Không cổng nào của mcp-pipe mở ra cho máy khác.',
    local: 'Chỉ lắng nghe cho máy này.',
    published:
      'Một cổng của chính mcp-pipe đang mở ra cho máy khác. Chỉ mở 80 và 443 của nginx ("ports:" trong file compose).',
    noCompose:
      'Không có file compose thì không biết phía trước có tường lửa hay không. Hãy chỉ ra file: --compose FILE',
  },
  healthChecks: {
    title: 'Có kiểm tra sức khỏe',
    on: 'Container nào của mcp-pipe cũng có.',
    off: 'Có container không có, hoặc đang bị tắt. Hãy bỏ "disable" khỏi file compose, hoặc ghi vào đó: healthcheck: { test: ["CMD", "mcp-pipe", "health"] }',
    answered: 'mcp-pipe đang chạy ở đây và trả lời mcp-pipe health.',
    noCompose: 'Không thấy file compose, cũng không thấy mcp-pipe đang chạy. Hãy chỉ ra file: --compose FILE',
  },
  metrics: {
    title: 'Có số đo',
    served: 'Prometheus đọc được /metrics.',
    off: 'Hãy ghi "metrics": true vào mcp_config.json.',
  },
  dashboards: {
    title: 'Có chỗ để xem',
    grafana: 'Có Grafana chạy cùng, với các dashboard trong deploy/compose/grafana.',
    page: 'Có trang trạng thái.',
    none: 'Hãy ghi "ui": true vào mcp_config.json để có trang trạng thái; deploy/compose có Grafana.',
  },
  structuredLog: {
    title: 'Log là JSON',
    json: 'Khi không ở terminal, mỗi dòng log là một đối tượng JSON.',
    pretty: 'MCP_PIPE_LOG_FORMAT=pretty tạo log cho người đọc. Hãy bỏ đi.',
  },
  errorTracking: {
    title: 'Có người được báo khi lỗi',
    alerts: 'Có gửi cảnh báo ("alerts").',
    sentry: 'Lỗi được báo lên ("sentry").',
    alertmanager: 'Có Alertmanager chạy cùng.',
    none: 'Không ai được báo khi một link mất kết nối. Hãy ghi "alerts" vào mcp_config.json (docs/vi/alerts.md), hoặc dùng Alertmanager trong deploy/compose.',
  },
  requestLog: {
    title: 'Các lời gọi được ghi lại',
    audit: 'Audit log đang bật.',
    off: 'Hãy ghi "audit": true vào mcp_config.json.',
  },
  resourceLimits: {
    title: 'Bộ nhớ và bộ xử lý có giới hạn',
    limited: 'Mỗi container của mcp-pipe đều có giới hạn.',
    cgroup: 'Hệ thống giới hạn bộ nhớ của tiến trình này.',
    unlimited: 'Một server phình to sẽ chiếm hết máy. Hãy ghi mem_limit và cpus vào file compose.',
    noCompose: 'Không thấy giới hạn nào cho tiến trình này. Hãy chỉ ra file compose: --compose FILE',
  },
  caching: {
    title: 'Giữ lại những gì giữ được',
    always:
      'Phần giới thiệu và danh sách của server được giữ lại. Kết quả của tool thì không: câu trả lời cũ là câu trả lời sai.',
  },
  connectionReuse: {
    title: 'Dùng lại kết nối',
    always: 'Mỗi server có một tiến trình hoặc phiên cho mọi lời gọi, mỗi link có một socket.',
  },
  autoScaling: {
    title: 'Thêm máy khi cần',
    leases: 'Các máy dùng chung lease và giới hạn qua Redis: thêm một máy chỉ cần cùng cấu hình.',
    oneMachine: 'Chỉ có một máy thì không mở rộng được. docs/vi/clustering.md nói về bước tiếp theo.',
  },
  loadBalancing: {
    title: 'Tải được chia đều',
    replicas: 'nginx chia bên gọi cho các bản sao của gateway.',
    noGateway: 'Không bên gọi nào kết nối tới.',
    one: 'Một tiến trình gánh mọi bên gọi. deploy/compose có hai bản sao sau nginx.',
    noCompose: 'Không thấy file compose nào có mcp-pipe. Hãy chỉ ra: --compose FILE',
  },
  concurrency: {
    title: 'Các lời gọi không chờ nhau',
    always: 'Các lời gọi của mọi bên gọi chạy song song.',
  },
  gracefulShutdown: {
    title: 'Dừng mà không mất lời gọi nào',
    time: 'Khi dừng, các lời gọi đang chạy được trả lời trước.',
    short:
      'Container bị dừng hẳn trước khi các lời gọi được trả lời. Hãy ghi "stop_grace_period: 30s" vào file compose.',
  },
  retries: {
    title: 'Tự thử lại',
    always: 'Link và server được thử lại, mỗi lần chờ lâu hơn.',
  },
  breaker: {
    title: 'Server lỗi được để yên',
    each: 'Server nào cũng có ngắt mạch.',
    lacking: 'Hãy ghi "calls": { "breaker": true } vào từng server.',
  },
  errorHandling: {
    title: 'Lỗi cho biết phải làm gì, và không hơn',
    always: 'Lỗi nào cũng có mã, cách xử lý và mã yêu cầu, và không bao giờ có stack.',
  },
  backups: {
    title: 'Có bản sao lưu',
    fresh: 'Bản sao lưu mới nhất chưa quá một tuần.',
    old: 'Bản sao lưu mới nhất đã hơn một tuần. Hãy chạy deploy/scripts/backup.sh hằng ngày.',
    none: 'Không thấy bản sao lưu nào. Hãy chạy deploy/scripts/backup.sh hằng ngày.',
    noCompose: 'Bản sao lưu nằm cạnh file compose. Hãy chỉ ra: --compose FILE',
  },
  restarts: {
    title: 'Tự khởi động lại',
    policy: 'Các container có chính sách khởi động lại.',
    service: 'Đang là một dịch vụ của hệ thống (mcp-pipe service).',
    none: 'Hãy ghi "restart: unless-stopped" vào file compose.',
    noCompose:
      'Không thấy file compose nào có mcp-pipe. Hãy chỉ ra (--compose FILE), hoặc cài thành dịch vụ để tự khởi động lại: mcp-pipe service install',
  },
  stagedImage: {
    title: 'Image chỉ có những gì cần chạy',
    stages: 'Image được dựng qua nhiều giai đoạn.',
    own: 'Đây là image của mcp-pipe, được dựng qua nhiều giai đoạn.',
    single:
      'Dockerfile chỉ có một giai đoạn: chương trình để build nằm trong image. Hãy dùng image của mcp-pipe, hoặc thêm một FROM.',
    noCompose: 'Không thấy file compose nào có mcp-pipe. Hãy chỉ ra: --compose FILE',
  },
  reverseProxy: {
    title: 'Có proxy ở phía trước',
    proxy: 'Có proxy đứng trước gateway.',
    noGateway: 'Không có cổng nào chờ bên gọi.',
    none: 'Hãy đặt nginx ở phía trước: deploy/compose/nginx. Sau đó ghi "trustProxy" và "publicUrl" vào "gateway".',
  },
  certificates: {
    title: 'Có chứng chỉ',
    published: 'Proxy mở cổng 443.',
    own: 'Gateway có chứng chỉ riêng.',
    noGateway: 'Không có cổng nào chờ bên gọi.',
    none: 'Cổng 443 chưa mở. Xem docs/vi/vps.md.',
  },
  pipeline: {
    title: 'Được dựng và thử bằng pipeline',
    released: 'Image là bản phát hành: đã được dựng, thử, quét và ký trước đó.',
    own: 'Bạn có pipeline riêng.',
    none: 'Đây không phải image phát hành, và không có gì cho thấy bản đang chạy đã được thử. Hãy dùng image phát hành (IMAGE trong .env.production), hoặc một pipeline như .github/workflows.',
    noCompose: 'Không thấy file compose nào có mcp-pipe. Hãy chỉ ra: --compose FILE',
  },
  versions: {
    title: 'Phiên bản được ghi rõ',
    fixed: 'Image nào cũng có phiên bản.',
    floating: 'Có image không ghi phiên bản, hoặc ghi "latest": ngày mai nó sẽ khác. Hãy ghi rõ phiên bản.',
    noCompose: 'Không thấy file compose nào có mcp-pipe. Hãy chỉ ra: --compose FILE',
  },
  rollback: {
    title: 'Có đường lui',
    known: 'Có deploy/scripts/rollback.sh và một phiên bản để quay lại.',
    first: 'Có deploy/scripts/rollback.sh; từ lần triển khai thứ hai sẽ có phiên bản để quay lại.',
    none: 'Hãy triển khai bằng deploy/scripts/deploy.sh, nó tự quay lại khi lỗi.',
  },
  zeroDowntime: {
    title: 'Đổi phiên bản mà không gián đoạn',
    oneByOne: 'Các bản sao của gateway được thay lần lượt.',
    breakBeforeMake: 'Mỗi token chỉ có một chủ: link ngắt vài giây khi đổi phiên bản, và đó là cố ý.',
    one: 'Bên gọi bị ngắt khi đổi phiên bản. deploy/compose có hai bản sao.',
  },
  compose: {
    title: 'Toàn bộ thiết lập nằm trong một file',
    file: 'File compose ghi đầy đủ.',
    none: 'Không thấy file compose nào có mcp-pipe. Hãy chỉ ra: --compose FILE',
  },
  integrationTest: {
    title: 'Được thử sau mỗi lần triển khai',
    deployed: 'Lần triển khai gần nhất đã được thử trước khi tính là xong.',
    answered: 'mcp-pipe đang chạy ở đây, và các link hoạt động.',
    failed: 'Bản đang chạy không khỏe: mcp-pipe health cho biết lý do.',
    none: 'Hãy triển khai bằng deploy/scripts/deploy.sh, nó tự thử những gì đã triển khai; hoặc khởi động mcp-pipe rồi chạy lại lệnh này bên cạnh nó.',
  },
  loadTest: {
    title: 'Được thử dưới tải',
    recent: 'Có kết quả thử tải nằm cạnh bản triển khai.',
    none: 'Hãy thử tải trước khi phát hành và lưu kết quả: deploy/load/README.md.',
    noCompose: 'Kết quả được lưu cạnh file compose. Hãy chỉ ra: --compose FILE',
  },
  healthTest: {
    title: 'Kiểm tra sức khỏe đã được thử',
    answered: 'mcp-pipe health vừa trả lời.',
    deployed: 'Lần triển khai gần nhất đã chờ kiểm tra sức khỏe.',
    none: 'Hãy khởi động mcp-pipe rồi chạy lại lệnh này bên cạnh nó, hoặc triển khai bằng deploy/scripts/deploy.sh.',
  },
};

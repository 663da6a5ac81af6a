import type { CodeWords } from '../code-names.js';
import { logEvents } from './event-words.js';
import { keyCodes } from './key-codes.js';
import { sessionCodes } from './no-session.js';
import { oauthCodes } from './oauth-codes.js';
import { uiCodes } from './ui-codes.js';

export const codeWords: CodeWords = {
  errorCodes: {
    CONFIG_INVALID: {
      means: 'Không dùng được cấu hình. Mỗi lỗi và cảnh báo trong đó có mã riêng.',
      next: 'Hãy sửa những gì các dòng bên dưới nêu; mcp-pipe check xem lại mà không khởi động gì.',
    },
    USAGE: {
      means: 'Không dùng được dòng lệnh như đã viết.',
      next: 'Hãy làm theo dòng thứ hai. Thêm --help sau mỗi lệnh để xem lệnh đó nhận những gì.',
    },
    LAUNCH_FAILED: {
      means: 'Không khởi động được tiến trình của một server.',
      next: 'Hãy sửa "command", "args" hoặc "cwd" của server như thông báo nêu, rồi thử: mcp-pipe tools SERVER.',
    },
    SERVER_FAILED: {
      means: 'Một server được khởi động cho một lệnh đã kết thúc, hoặc từ chối khởi tạo.',
      next: 'Hãy xem nó đã ghi gì trước khi kết thúc: các dòng stderr cuối được hiện ra. Hãy chạy riêng lệnh của nó trong terminal.',
    },
    SERVER_ERROR: {
      means: 'Server trả lời một yêu cầu bằng lỗi.',
      next: 'Nội dung lỗi là của server: hãy sửa các đối số, hoặc hỏi tác giả của nó.',
    },
    SERVER_TIMEOUT: {
      means: 'Server không trả lời một lệnh kịp thời.',
      next: 'Hãy cho thêm thời gian bằng --timeout-ms, hoặc xem trong log server đang làm gì.',
    },
    REMOTE_FAILED: {
      means: 'Không kết nối được tới server từ xa, hoặc câu trả lời của nó không phải MCP.',
      next: 'Hãy kiểm tra địa chỉ, header và mạng. Phần nguyên nhân server ngừng bên dưới nói rõ hơn.',
    },
    LOGIN_FAILED: {
      means: 'Đăng nhập vào server từ xa, hoặc gia hạn lần đăng nhập, không thành công.',
      next: 'Hãy làm theo lời khuyên của lỗi; thường là: mcp-pipe login TÊN.',
    },
    DIAL_FAILED: {
      means: 'Không kết nối được tới endpoint, hoặc endpoint từ chối WebSocket.',
      next: 'Hãy kiểm tra địa chỉ và mạng. Phần nguyên nhân đóng kết nối bên dưới nêu ý nghĩa của từng câu trả lời.',
    },
    LISTEN_FAILED: {
      means: 'Endpoint có sẵn, gateway, trang trạng thái hoặc số đo không lắng nghe được ở địa chỉ của mình.',
      next: 'Hãy chọn cổng khác (--port; với trang và số đo là --ui PORT, --metrics PORT), hoặc kết thúc chương trình đang giữ cổng đó.',
    },
    TLS_FILES: {
      means:
        'Không dùng được chứng chỉ của gateway hoặc khóa của nó. Lúc khởi động thì không mở gì; về sau thì vẫn dùng cặp trước đó.',
      next: 'Hãy ghi cả hai ở dạng PEM, thuộc về nhau, và người dùng chạy mcp-pipe đọc được; chúng tự được đọc lại.',
    },
    ANSWER_TIMEOUT: {
      means: 'Một bên gọi của endpoint không nhận được câu trả lời kịp thời.',
      next: 'Hãy gọi lại; nếu hay xảy ra, hãy xem server ra sao: mcp-pipe health.',
    },
    CALLER_CLOSED: {
      means: 'Kết nối của một bên gọi tới endpoint đã đóng trước khi có câu trả lời.',
      next: 'Hãy kết nối lại, rồi gọi lại.',
    },
    TOKEN_IN_USE: {
      means: 'mcp-pipe probe không đo token mà một mcp-pipe đang dùng.',
      next: 'Hãy dừng mcp-pipe đó trước, hoặc đo token khác.',
    },
    CONTROL_TAKEN: {
      means: 'Một mcp-pipe khác với cùng cấu hình đang chạy trên máy này.',
      next: 'Hãy dừng một trong hai; hai bản sẽ giành kết nối của nhau.',
    },
    CONTROL_UNAVAILABLE: {
      means:
        'Không tạo được socket điều khiển. Link và server vẫn chạy; các lệnh như health không hỏi được chúng.',
      next: 'Hãy chỉ ra chỗ khác bằng --control hoặc MCP_PIPE_CONTROL, như thông báo nêu.',
    },
    DAEMON_NOT_RUNNING: {
      means: 'Không có mcp-pipe nào đang chạy với cấu hình này.',
      next: 'Hãy chạy nó: mcp-pipe start -d. Nếu nó chạy với cấu hình khác, hãy chỉ ra: -c FILE.',
    },
    DAEMON_SILENT: {
      means: 'mcp-pipe đang chạy nhưng không trả lời kịp thời.',
      next: 'Hãy thử lại sau vài giây; nếu vẫn vậy, hãy dừng rồi chạy lại nó.',
    },
    DAEMON_GONE: {
      means: 'mcp-pipe đã kết thúc trước khi trả lời.',
      next: 'Hãy xem lý do trong log, rồi chạy lại nó.',
    },
    DAEMON_REFUSES: {
      means: 'mcp-pipe đã trả lời rằng nó không làm được việc này.',
      next: 'Hãy làm theo lời nhắn; mcp-pipe status cho biết nó thế nào.',
    },
    STARTED_ALREADY: {
      means: 'Đã có một mcp-pipe chạy với cấu hình này, nên không chạy thêm bản thứ hai.',
      next: 'Áp dụng cấu hình đã sửa bằng mcp-pipe reload; để chạy lại từ đầu, dùng --take-over.',
    },
    TAKE_OVER_TOO_OLD: {
      means: 'mcp-pipe đang chạy là một phiên bản chưa biết bàn giao cho bản khác.',
      next: 'Lần này vẫn làm như trước: mcp-pipe stop, rồi chạy bản mới.',
    },
    TAKE_OVER_REFUSED: {
      means:
        'mcp-pipe đang chạy không bàn giao: một bản khác đang tiếp quản, nó đang dừng, nó có những link khác, hoặc nó là tiến trình chính của một container.',
      next: 'Làm theo dòng thứ hai. Bản đang chạy vẫn chạy như trước.',
    },
    TAKE_OVER_FAILED: {
      means:
        'Việc tiếp quản bị bỏ dở, vì mcp-pipe mới không kết nối được những gì bản đang chạy đã kết nối, hoặc bản đang chạy không trả lời.',
      next: 'Bản đang chạy đã có lại tất cả. Xem các dòng trước đó để biết vì sao server hoặc link không chạy.',
    },
    SERVICE_MANAGER_ABSENT: {
      means: 'Trình quản lý dịch vụ của hệ thống không chạy ở đây, ví dụ trong container. Chưa ghi gì cả.',
      next: 'Trong container, hãy để Docker chạy lại: docker compose up -d. mcp-pipe service print cho xem file của dịch vụ.',
    },
    SERVICE_FILE_FOREIGN: {
      means: 'File của dịch vụ đã có sẵn và không do mcp-pipe tạo ra.',
      next: 'Hãy chọn tên khác bằng --name, hoặc thay file bằng --force.',
    },
    SERVICE_NAME_TAKEN: {
      means: 'Dịch vụ có tên này đang dùng cấu hình khác.',
      next: 'Hãy chọn tên khác bằng --name, hoặc thay dịch vụ bằng --force.',
    },
    SERVICE_INSTALLED_ALREADY: {
      means: 'Một dịch vụ khác đã dùng cùng cấu hình; hai dịch vụ sẽ giành kết nối của token với nhau.',
      next: 'Hãy gỡ dịch vụ kia trước: mcp-pipe service uninstall.',
    },
    SERVICE_COPY_RUNS: {
      means: 'mcp-pipe đang chạy với cấu hình này rồi, ngoài dịch vụ.',
      next: 'Hãy dừng nó, rồi cài lại.',
    },
    SERVICE_TOKEN_TAKEN: {
      means: 'Một mcp-pipe khác đang giữ mọi kết nối mà token cho phép.',
      next: 'mcp-pipe leases cho biết đó là bản nào. Hãy dừng nó, rồi cài lại.',
    },
    SERVICE_VARIABLES: {
      means: 'Cấu hình chỉ dùng được với các biến của shell, mà dịch vụ không có các biến đó.',
      next: 'Hãy ghi các biến còn thiếu vào .env, rồi cài lại.',
    },
    SERVICE_DENIED: {
      means: 'Không ghi hoặc xóa được file của dịch vụ.',
      next: 'Với dịch vụ của cả máy, hãy thêm sudo trước lệnh.',
    },
    SERVICE_COMMAND_FAILED: {
      means: 'Một lệnh của trình quản lý dịch vụ thất bại.',
      next: 'mcp-pipe service status cho biết tình trạng; mcp-pipe service uninstall gỡ dịch vụ.',
    },
    SERVICE_SILENT: {
      means: 'Dịch vụ đã được chạy, nhưng mcp-pipe không trả lời.',
      next: 'Hãy đọc phần cuối log, sửa theo đó, rồi cài lại.',
    },
    UPDATE_NOT_FOUND: {
      means: 'npm registry không có mcp-pipe.',
      next: 'npm config get registry cho biết npm dùng registry nào; nếu là bản clone, hãy cập nhật bằng git pull && npm ci.',
    },
    UPDATE_UNKNOWN: {
      means: 'Không hỏi được npm registry về phiên bản mới nhất.',
      next: 'npm ping cho biết npm có tới được registry không.',
    },
    ...keyCodes,
    ...sessionCodes,
    ...uiCodes,
    ...oauthCodes,
    LOG_FILE_FAILED: {
      means:
        'Không ghi được file log: ổ đĩa đầy, thư mục không có quyền ghi hoặc đã mất. Server và link vẫn chạy; file thiếu một số dòng.',
      next: 'Hãy dọn chỗ trống, hoặc chọn file khác bằng --log-file. mcp-pipe logs có các dòng mới nhất.',
    },
    AUDIT_FAILED: {
      means:
        'Không ghi được audit log: ổ đĩa đầy, thư mục không có quyền ghi, hoặc file là một liên kết hay của người dùng khác. Các lời gọi vẫn tiếp tục; những dòng bị mất được đếm.',
      next: 'Hãy dọn chỗ trống, hoặc chọn file khác trong "audit". Dòng tiếp theo ghi được sẽ cho biết đã mất bao nhiêu dòng.',
    },
    AUDIT_LOST: {
      means: 'Các dòng của audit log đến nhanh hơn tốc độ ghi; chừng ấy dòng đã mất.',
      next: 'Hãy đặt file trên ổ đĩa nhanh hơn, hoặc tăng "size" của "audit".',
    },
    REDIS_DOWN: {
      means:
        'Redis mà các máy dùng chung không trả lời, hoặc từ chối điều được hỏi. Kết nối đang mở được giữ tới khi lease hết hạn; chưa mở kết nối mới nào.',
      next: 'Hãy xem nó có đang chạy và từ máy này có tới được không, và mật khẩu có đúng không: mcp-pipe doctor thử tất cả.',
    },
    OTLP_UNDELIVERED: {
      means:
        'Không gửi được dữ liệu của --otlp tới bộ thu. Server và link vẫn chạy; phần dữ liệu này bị mất. Chỉ báo một lần, cho đến khi gửi được trở lại.',
      next: 'Hãy kiểm tra bộ thu có đang chạy và nhận OTLP qua HTTP không (cổng 4318, không phải 4317), cùng OTEL_EXPORTER_OTLP_ENDPOINT và OTEL_EXPORTER_OTLP_HEADERS.',
    },
    OTLP_SETTING: {
      means: 'Một biến của OpenTelemetry (OTEL_…) có giá trị không hợp lệ; giá trị mặc định được dùng.',
      next: 'Hãy sửa biến mà dòng đó nêu rồi khởi động lại.',
    },
    OBSERVER_FAILED: {
      means: 'Một phần chỉ để theo dõi (log, các dòng trực tiếp) bị lỗi. Server và link vẫn chạy.',
      next: 'Hãy báo lại cùng dòng đó.',
    },
    TOOLS_UNKEPT: {
      means:
        'Không đọc được, hoặc không lưu được vào thư mục trạng thái những gì đã biết về tool của một server.',
      next: 'Cho phép đọc và ghi file mà dòng log nêu, cùng thư mục của nó; nếu không, tool bị đổi chỉ được nhận ra trong một lần chạy.',
    },
    RATES_ALONE: {
      means:
        'Redis mà nhiều máy dùng chung không trả lời kịp. Trong lúc đó mỗi máy tự đếm giới hạn tần suất và có các tool được chấp thuận riêng; lời gọi không phải chờ gì.',
      next: 'Hãy xem Redis và đường đến nó; mcp-pipe thử lại mỗi giây, và báo khi Redis trở lại.',
    },
    LEASES_UNAVAILABLE: {
      means: 'Không dùng được các file khóa, nhờ đó nhiều mcp-pipe dùng chung một token.',
      next: 'Hãy cho phép ghi vào thư mục mà thông báo nêu. Cho đến lúc đó, mỗi token chỉ nên có một mcp-pipe.',
    },
    RUNNING_ALREADY: {
      means: 'Một mcp-pipe khác trên máy này đang giữ kết nối của các link này.',
      next: 'Nếu đúng ý thì không cần làm gì: bản này sẽ chờ. Nếu không, hãy dừng bản kia; số tiến trình có trong dòng đó.',
    },
    CONFIG_REFUSED: {
      means: 'Cấu hình vừa sửa không dùng được. Những gì đang chạy vẫn chạy tiếp.',
      next: 'Hãy sửa những gì được nêu, rồi chạy mcp-pipe reload.',
    },
    UNEXPECTED: {
      means: 'Có điều ngoài dự tính bị lỗi.',
      next: 'Hãy báo lại cùng những gì --debug in ra.',
    },
    BLACK_BOX_UNWRITABLE: {
      means: 'Không ghi được hộp đen vào thư mục trạng thái. Server và link vẫn chạy.',
      next: 'Hãy cho phép ghi vào thư mục mà thông báo nêu, hoặc chỉ ra thư mục khác bằng MCP_PIPE_STATE.',
    },
    SENTRY_UNDELIVERED: {
      means:
        'Báo cáo gửi Sentry không đến nơi: không kết nối được, hoặc nơi nhận yêu cầu tạm ngừng. Server và link vẫn chạy; 50 báo cáo mới nhất được giữ lại. Chỉ báo một lần, cho đến khi gửi được trở lại.',
      next: 'Hãy kiểm tra máy này có kết nối được đến host mà dòng đó nêu không; nếu ở sau proxy, hãy đặt HTTPS_PROXY.',
    },
    SENTRY_REJECTED: {
      means: 'Sentry không chấp nhận DSN, hoặc một báo cáo; báo cáo đó bị bỏ.',
      next: 'Hãy copy lại DSN từ phần cài đặt của dự án, rồi chạy mcp-pipe reload.',
    },
    SENTRY_DELIVERED: {
      means: 'Báo cáo đã đến Sentry trở lại.',
      next: 'Không cần làm gì.',
    },
    ALERT_UNDELIVERED: {
      means: 'Không gửi được một cảnh báo tới kênh của nó dù đã thử nhiều lần. Server và link vẫn chạy.',
      next: 'Hãy kiểm tra địa chỉ, token và cuộc trò chuyện của kênh trong "alerts", và máy này có tới được đó không.',
    },
    ALERT_REJECTED: {
      means: 'Một kênh không nhận một cảnh báo, và cảnh báo đó bị bỏ.',
      next: 'Hãy làm theo thông báo, rồi chạy mcp-pipe alerts test.',
    },
    ALERT_DELIVERED: {
      means: 'Một kênh từng không nhận được nay lại nhận được cảnh báo.',
      next: 'Không cần làm gì.',
    },
  },
  logEvents,
  exitCodes: {
    ok: 'Mọi việc đều tốt.',
    runtime: 'Có lỗi khi mcp-pipe chạy, hoặc điều được hỏi không phải vậy; thông báo nêu rõ.',
    usage: 'Không dùng được dòng lệnh hoặc cấu hình.',
    notRunning: 'Lệnh dành cho mcp-pipe đang chạy không tìm thấy bản nào: hãy chạy nó bằng mcp-pipe.',
    notInstalled: 'Dịch vụ chưa được cài (service status).',
    newer: 'Có phiên bản mới hơn (update).',
    found: 'Có package không nên tiếp tục dùng như hiện nay (audit --packages).',
    interrupted: 'Ctrl-C.',
  },
  page: {
    title: 'Các thông báo và mã',
    about:
      'Mọi lỗi, cảnh báo và sự kiện của mcp-pipe theo mã, kèm ý nghĩa và việc cần làm. Hãy tìm trong trang này từ nằm trong ngoặc vuông, hoặc `code`, `cause`, `why` hay `event` của một dòng log JSON. Lời văn có thể được viết lại tốt hơn qua các phiên bản; mã thì giữ nguyên. Chỗ nào ghi NAME, /FILE hay 411, thông báo thật sẽ có tên và số của bạn.',
    generated: 'Được tạo bằng `npm run schema`; một bài kiểm tra so trang này với chương trình.',
    what: 'Nghĩa là',
    next: 'Cần làm',
    messages: 'Ví dụ thông báo',
    level: 'mức',
    example: 'Ví dụ',
    findings: 'Lỗi và cảnh báo trong cấu hình',
    findingsAbout:
      'Chúng bắt đầu bằng file, dòng và key, rồi nêu điều được mong đợi, điều đang có, và việc cần làm.',
    errors: 'Các lỗi khác',
    errorsAbout:
      'Lệnh nào thất bại thì in ra điều đã xảy ra kèm mã, rồi việc cần làm. Trong log JSON, mã nằm ở `code`.',
    wrongUsage:
      'Tùy chọn lạ, giá trị sai và đối số thiếu được trả lời bằng `lỗi: ...` cùng cách xem trợ giúp.',
    system: 'Lỗi của hệ điều hành',
    systemAbout: 'File, thư mục hay địa chỉ mà hệ thống từ chối được báo bằng từ của chính nó.',
    causes: 'Vì sao kết nối đóng, hoặc không kết nối được',
    causesAbout:
      'Từ trong ngoặc vuông khi mất kết nối; là `cause` trong log JSON và trong `mcp-pipe health --json`. [troubleshooting.md](troubleshooting.md) nói kỹ hơn về những nguyên nhân hay gặp.',
    serverCauses: 'Vì sao server không chạy',
    serverCausesAbout: 'Là `why` của sự kiện `server-down` trong log JSON.',
    doctor: 'Những gì doctor tìm thấy',
    doctorAbout:
      'Từ trong ngoặc vuông của `mcp-pipe doctor`, khi đó không phải là mã hay nguyên nhân ở trên.',
    alerts: 'Cảnh báo được gửi đi',
    alertsAbout:
      'Những gì được gửi tới Telegram, Slack, Discord hoặc webhook; là `kind` của webhook. Bên dưới có kèm chẩn đoán.',
    hints: 'Những dòng cuối của server cho biết gì',
    hintsAbout:
      'Khi một server kết thúc, mcp-pipe đọc những gì nó ghi vào stderr và thêm một trong các câu này.',
    rpc: 'Lỗi mà bên gọi nhận được',
    rpcAbout:
      'Mã của lỗi JSON-RPC. Các mã từ -31001 trở đi là của chính mcp-pipe, và giống nhau ở mọi loại link; [limits.md](limits.md) cho biết giới hạn nào gây ra mã nào.',
    events: 'Sự kiện trong log',
    eventsAbout: 'Là `event` của mỗi dòng log JSON, kèm mức.',
    exits: 'Mã thoát',
    exitsAbout: '`--help` của mỗi lệnh cho biết chúng có nghĩa gì với lệnh đó.',
  },
};

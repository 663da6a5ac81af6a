import type { RpcCodeWords } from '../rpc-code-names.js';

export const rpcCodes: RpcCodeWords = {
  serverExited: {
    means:
      'Server, hoặc phiên làm việc với server từ xa, đã kết thúc khi lời gọi này đang chạy. Lời gọi không được gửi lại.',
    next: 'Hãy gọi lại: server đang được khởi động lại. Nếu lần gọi nào cũng vậy, mcp-pipe call cho thấy server ghi gì trước khi kết thúc.',
  },
  serverDown: {
    means: 'Server không chạy và không trở lại kịp.',
    next: 'Hãy gọi lại sau vài giây. mcp-pipe health cho biết vì sao server không chạy.',
  },
  endpointGone: {
    means: 'Kết nối của endpoint đã đóng trước khi nó trả lời yêu cầu này của server.',
    next: 'Không cần làm gì: server có thể hỏi lại trên kết nối sau.',
  },
  shuttingDown: {
    means: 'mcp-pipe đang dừng và không nhận thêm lời gọi.',
    next: 'Hãy gọi lại khi mcp-pipe chạy trở lại.',
  },
  oversize: {
    means: 'Message, hoặc câu trả lời cho nó, lớn hơn "maxFrameBytes".',
    next: 'Hãy yêu cầu ít dữ liệu hơn mỗi lần, hoặc tăng "maxFrameBytes" trong "settings".',
  },
  notInitialized: {
    means: 'Server đang chạy nhưng chưa được mcp-pipe khởi tạo, nên mcp-pipe không tự hỏi nó được.',
    next: 'Hãy đợi endpoint kết nối, hoặc bỏ "handshake": "passthrough" khỏi server.',
  },
  cancelled: {
    means: 'Bên gọi đã hủy lời gọi này.',
    next: 'Không cần làm gì.',
  },
  serverBusy: {
    means: 'Server đã nhiều giây không đọc dữ liệu gửi tới; yêu cầu không được chuyển đi.',
    next: 'Hãy gọi lại sau, mỗi lúc ít lời gọi hơn. Server cứ như vậy mãi là đã bị treo: hãy khởi động lại nó.',
  },
  callTimeout: {
    means: 'Server không trả lời trong "callTimeoutMs".',
    next: 'Hãy yêu cầu ít việc hơn mỗi lần; nếu tool cần lâu như vậy, hãy tăng "callTimeoutMs" trong "settings".',
  },
  noCaller: {
    means: 'Một server hỏi điều gì đó mà không có bên gọi nào đang kết nối để trả lời.',
    next: 'Không cần làm gì: sẽ có câu trả lời khi có bên gọi trả lời được kết nối tới.',
  },
  turnOver: {
    means: 'Kết nối đã chuyển sang server, link hoặc mcp-pipe khác trước khi lời gọi này được trả lời.',
    next: 'Hãy gọi lại khi đến lượt server này. "rotateBusyMs" dài hơn cho lời gọi thêm thời gian; chế độ mux thì không cần chờ lượt.',
  },
  notItsTurn: {
    means: 'Các server của token này chạy lần lượt, và server này đang chờ đến lượt.',
    next: 'Hãy gọi lại khi đến lượt nó, hoặc dùng chế độ mux, khi đó mọi server đều có mặt cùng lúc.',
  },
  unreadable: {
    means: 'Server đã trả lời, nhưng câu trả lời không thể chuyển tiếp; "data.why" nói rõ lý do.',
    next: 'Hãy báo cho tác giả của server; mcp-pipe call cho thấy câu trả lời.',
  },
  tooManyServerRequests: {
    means:
      'Quá nhiều yêu cầu của server này gửi tới endpoint chưa được trả lời, nên yêu cầu này không được chuyển đi.',
    next: 'Nếu tự hết thì không cần làm gì; nếu không, hãy báo cho tác giả của server.',
  },
  configChanged: {
    means:
      'Cấu hình đã thay đổi: link đang được thay, hoặc link hay server đó không còn nữa. Hoặc có người đã tạm dừng nó.',
    next: 'Hãy gọi lại sau vài giây. Thứ đã bị xóa sẽ vắng mặt cho đến khi có lại trong cấu hình, thứ đang tạm dừng thì đến khi chạy mcp-pipe resume.',
  },
  clientTooSlow: {
    means:
      'Bên gọi đã nhiều giây không đọc các câu trả lời trong khi bên khác cũng dùng server; câu này đã bị bỏ.',
    next: 'Hãy gọi lại. Nếu hay xảy ra, mạng của endpoint quá chậm cho các câu trả lời này.',
  },
  connectionRenewed: {
    means: 'Kết nối đã được làm mới trước khi lời gọi này được trả lời.',
    next: 'Hãy gọi lại: mcp-pipe đã kết nối lại rồi.',
  },
  requestRejected: {
    means:
      'Server từ xa, hoặc một chặng trên đường tới nó, đã từ chối lời gọi, nên lời gọi không có tác dụng gì; "data.cause" cho biết lý do.',
    next: 'Hãy gọi lại, sau "data.retryAfterMs" nếu có. Nếu vẫn vậy, mcp-pipe doctor cho thấy lỗi ở chặng nào.',
  },
  answerLost: {
    means:
      'Câu trả lời của server từ xa bị cắt, hoặc không phải là câu trả lời. Lời gọi có thể đã có tác dụng và không được gửi lại.',
    next: 'Hãy xem lời gọi đã có tác dụng chưa rồi mới gọi lại. "retrySafeCalls" gửi lại lời gọi của những tool được đánh dấu là gọi lại an toàn.',
  },
  notAllowed: {
    means: 'Khóa, agent hoặc server không cho phép việc này; server chưa nhận lời gọi.',
    next: 'Hãy dùng khóa khác, hoặc cho phép: mcp-pipe key list cho biết mỗi khóa được làm gì, docs/vi/policy.md cho biết điều đó với server.',
  },
  tooManyCalls: {
    means:
      'Khóa, địa chỉ hoặc tool này gọi nhiều hơn mức cho phép trong khoảng thời gian này; server chưa nhận lời gọi.',
    next: 'Hãy gọi lại sau "data.retryAfterMs". Muốn cho phép nhiều hơn: xem "rate" trong docs/vi/policy.md.',
  },
  serverFull: {
    means: 'Server hoặc khóa đã có đủ số lời gọi đang chạy và đang chờ; server chưa nhận lời gọi.',
    next: 'Hãy gọi lại sau "data.retryAfterMs". Muốn cho phép nhiều hơn: xem "concurrent" và "queue" trong docs/vi/policy.md.',
  },
  serverFailing: {
    means: 'Server đã lỗi nhiều lần liên tiếp nên tạm thời không nhận lời gọi.',
    next: 'Hãy gọi lại sau "data.retryAfterMs"; khi đó một lời gọi sẽ thử server. mcp-pipe health cho biết server lỗi thế nào.',
  },
  notApproved: {
    means:
      'Lời gọi cần một người duyệt, nhưng người đó đã từ chối hoặc không trả lời kịp; server chưa nhận lời gọi.',
    next: 'Hãy nhờ người đó duyệt trên trang trạng thái hoặc bằng mcp-pipe approve, rồi gọi lại.',
  },
  toolChanged: {
    means: 'Mô tả của tool này đã thay đổi, nên tool bị giữ lại cho đến khi có người duyệt thay đổi đó.',
    next: 'Hãy xem thay đổi và duyệt: mcp-pipe approve.',
  },
  noServer: {
    means: 'Không có server nào kết nối với token này (endpoint báo).',
    next: 'Hãy chạy mcp-pipe với token này; khi đang chạy, nó tự kết nối lại.',
  },
  serverLost: {
    means: 'Kết nối của server đã đóng trước khi nó trả lời (endpoint báo).',
    next: 'Hãy gọi lại: mcp-pipe tự kết nối lại.',
  },
  noSuchMethod: {
    means: 'Server không biết phương thức này.',
    next: 'Hãy xem nó có gì: mcp-pipe tools.',
  },
  invalidParams: {
    means: 'Lúc này server không có tool đó, hoặc không nhận các đối số này.',
    next: 'Hãy xem nó có gì: mcp-pipe tools SERVER.',
  },
  editRefused: {
    means:
      'Một mcp-pipe đang chạy không nhận cấu hình vừa sửa (socket điều khiển của nó báo). Những gì đang chạy vẫn chạy tiếp.',
    next: 'Hãy sửa những gì được nêu trong "data", rồi chạy mcp-pipe reload.',
  },
  cannotDo: {
    means: 'mcp-pipe này không làm được điều được yêu cầu (socket điều khiển của nó báo).',
    next: 'Hãy làm theo nội dung lỗi: thường là chạy nó với một file cấu hình, hoặc kết thúc nó ở nơi đã chạy nó.',
  },
  invalidRequest: {
    means: 'Message không phải yêu cầu JSON-RPC, hoặc id của nó quá dài.',
    next: 'Bạn không cần làm gì, trừ khi bạn viết chương trình đã gửi: hãy gửi từng message JSON-RPC 2.0 một.',
  },
  notJson: {
    means: 'Message không phải JSON.',
    next: 'Bạn không cần làm gì, trừ khi bạn viết chương trình đã gửi: hãy gửi JSON bằng UTF-8.',
  },
  internalError: {
    means:
      'Server bị lỗi với lời gọi này, câu trả lời của nó không đọc được, hoặc có quá nhiều đăng ký nhận tin; nội dung lỗi nêu rõ.',
    next: 'Hãy gọi lại; nếu vẫn vậy, mcp-pipe call cho thấy server trả lời gì. Hãy báo cho tác giả của nó.',
  },
  headerMismatch: {
    means: 'Các header của một yêu cầu HTTP không khớp với nội dung của nó (MCP 2026-07-28).',
    next: 'Hãy sửa bên gọi: các header lặp lại phương thức, tên và phiên bản trong nội dung.',
  },
  missingCapability: {
    means: 'Yêu cầu cần một khả năng mà bên gọi chưa khai báo (MCP 2026-07-28).',
    next: 'Hãy khai báo khả năng đó ở bên gọi, hoặc không dùng đến nó.',
  },
  wrongVersion: {
    means: 'Bên gọi đòi một phiên bản MCP không dùng được ở đây; "data" liệt kê các phiên bản dùng được.',
    next: 'Hãy dùng một trong số đó: phần lớn bên gọi tự chọn được.',
  },
};

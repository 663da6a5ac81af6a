import { ErrorCode } from '../../protocol/jsonrpc.js';
import { time } from './numbers.js';

/** What `data` of a reply of mcp-pipe's own tells besides its code. */
export interface ReplyDetails {
  /** Why the server is down, or has ended, in the language of the reader. */
  why?: string;
  /** Milliseconds until the server's turn. */
  waitMs?: number;
}

/** What mcp-pipe's own replies say to people, by their codes. The replies themselves are English: models read them, too. */
export const ownErrors: Readonly<Record<number, (server: string, details: ReplyDetails) => string>> = {
  [ErrorCode.serverExited]: (server, { why }) =>
    `Server ${server} đã dừng trong lúc lời gọi này đang chạy.${why === undefined ? '' : ` ${why}`} Lời gọi không được lặp lại, vì có thể nó đã có tác dụng.`,
  [ErrorCode.serverDown]: (server, { why }) =>
    `Server ${server} hiện không chạy${why === undefined ? ': mcp-pipe health cho biết lý do.' : `. ${why}`}`,
  [ErrorCode.shuttingDown]: () => 'mcp-pipe đang dừng nên không nhận thêm lời gọi.',
  [ErrorCode.oversize]: (server) =>
    `Lời gọi đến server ${server}, hoặc câu trả lời của nó, lớn hơn mức "maxFrameBytes" cho phép.`,
  [ErrorCode.notInitialized]: (server) =>
    `Không hỏi được server ${server}, vì mcp-pipe chưa khởi tạo được server này: mcp-pipe health cho biết lý do.`,
  [ErrorCode.cancelled]: () => 'Lời gọi đã bị hủy.',
  [ErrorCode.serverBusy]: (server) =>
    `Server ${server} đang quá bận nên không nhận thêm lời gọi. Hãy thử lại sau ít giây.`,
  [ErrorCode.callTimeout]: (server) =>
    `Server ${server} không trả lời trong thời gian "callTimeoutMs" cho phép.`,
  [ErrorCode.turnOver]: (server) =>
    `Kết nối đã được chuyển đi trước khi server ${server} trả lời. Lời gọi không được lặp lại, vì có thể nó đã có tác dụng.`,
  [ErrorCode.connectionRenewed]: (server) =>
    `Kết nối đã được làm mới trước khi server ${server} trả lời. Lời gọi không được lặp lại, vì có thể nó đã có tác dụng.`,
  [ErrorCode.notItsTurn]: (server, { waitMs }) =>
    `Server ${server} đang chờ đến lượt${waitMs === undefined ? '' : `, còn khoảng ${time(waitMs)}`}.`,
  [ErrorCode.unreadable]: (server) =>
    `Server ${server} đã trả lời, nhưng câu trả lời không đọc được: log của mcp-pipe cho biết lý do.`,
  [ErrorCode.clientTooSlow]: (server) =>
    `Câu trả lời của server ${server} đã bị bỏ, vì nơi gọi không đọc các câu trả lời trước đó. Lời gọi không được lặp lại, vì có thể nó đã có tác dụng.`,
  [ErrorCode.requestRejected]: (server) =>
    `Server ${server} đã từ chối lời gọi này, nên lời gọi không có tác dụng gì: mcp-pipe doctor cho biết lý do.`,
  [ErrorCode.answerLost]: (server) =>
    `Câu trả lời của server ${server} đã bị mất. Lời gọi không được lặp lại, vì có thể nó đã có tác dụng.`,
  [ErrorCode.notAllowed]: (server) =>
    `Không được phép gọi việc này ở server ${server}. Server chưa nhận lời gọi.`,
  [ErrorCode.tooManyCalls]: (server) =>
    `Có quá nhiều lời gọi đến server ${server} trong khoảng thời gian này. Hãy thử lại sau.`,
  [ErrorCode.serverFull]: (server) =>
    `Server ${server} đã có đủ số lời gọi đang chạy và đang chờ. Hãy thử lại sau ít giây.`,
  [ErrorCode.serverFailing]: (server) =>
    `Server ${server} đã lỗi nhiều lần liên tiếp nên tạm thời không nhận lời gọi: mcp-pipe health cho biết lý do.`,
  [ErrorCode.notApproved]: (server) =>
    `Lời gọi đến server ${server} chưa được duyệt. Hãy duyệt trên trang trạng thái hoặc bằng mcp-pipe approve, rồi gọi lại.`,
  [ErrorCode.toolChanged]: (server) =>
    `Tool này của server ${server} đã thay đổi nên bị giữ lại. Hãy xem và duyệt bằng mcp-pipe approve.`,
  [ErrorCode.configChanged]: (server) =>
    `Cấu hình vừa được thay đổi nên lúc này không gọi được server ${server}. Hãy thử lại sau ít giây.`,
};

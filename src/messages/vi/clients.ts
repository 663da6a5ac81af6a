import type { clients as en } from '../en/clients.js';
import { excerpt } from '../human.js';
import { time } from './numbers.js';

export const clients: typeof en = {
  joined: ({ servers, key }) =>
    `Một client đã kết nối${key === undefined ? '' : ` bằng khóa ${key}`}; client này được dùng ${servers.join(', ')}.`,
  initialized: ({ client, afterMs, protocolVersion }) =>
    `Client${client ? ` (${excerpt(client, 80)})` : ''} đã nhận được trả lời initialize sau ${time(afterMs)} (MCP ${excerpt(protocolVersion, 40)}).`,
  left: ({ forMs, reason }) => `Client đã rời đi sau ${time(forMs)}${reason ? `: ${reason}` : ''}.`,
  otherProtocol: ({ version }) =>
    `mcp-pipe đang chạy là phiên bản ${version}, khác quá nhiều so với phiên bản này.`,
  tooMany: ({ most }) => `Đã có ${most} client dùng mcp-pipe đang chạy.`,
  tooManyOfKey: ({ most }) =>
    `Đã có ${most} client của khóa này dùng gateway và không client nào đang rảnh ("gateway.maxSessionsPerKey"). Hãy kết thúc một client, hoặc tăng giá trị này.`,
  tooManyOfGateway: ({ most }) =>
    `Đã có ${most} client dùng gateway và không client nào đang rảnh ("gateway.maxSessions"). Hãy thử lại sau, hoặc tăng giá trị này.`,
  noRoom: ({ fullOf, most }) =>
    fullOf === undefined
      ? `Đã có ${most} tiến trình riêng của các khóa và phiên đang được dùng ("settings.maxInstances"). Hãy thử lại sau, hoặc tăng giá trị này.`
      : `Đã có ${most} tiến trình của "${fullOf}" đang được dùng ("settings.maxInstancesOfServer"). Hãy thử lại sau, hoặc tăng giá trị này.`,
  notPlanned: ({ unknown, known }) =>
    unknown.length === 0
      ? 'mcp-pipe đang chạy hiện không có server nào cho client này.'
      : `mcp-pipe đang chạy hiện không có ${unknown.join(', ')}; nó có ${known.join(', ') || 'chưa có gì'}.`,
};

import type * as en from '../en/handover.js';
import { time } from './numbers.js';

export const handover: typeof en.handover = {
  nothingRuns:
    'Không có mcp-pipe nào đang chạy với cấu hình này nên không có gì để tiếp quản: bản này khởi động như thường.',
  takes: ({ pid, version, links }) =>
    `mcp-pipe ${version} (pid ${pid}) đang chạy và bàn giao ${links} link, từng bước một; cho đến lúc đó nó vẫn trả lời các lời gọi.`,
  took: ({ links }) => `Đã tiếp quản: ${links.join(', ')}.`,
  tookHttp: 'Đã tiếp quản: những gì được phục vụ qua HTTP.',
  leftAlone: ({ pid }) =>
    `mcp-pipe (pid ${pid}) đã kết thúc trước khi bàn giao hết: bản này nhận phần còn lại.`,
  done: ({ pid, afterMs }) => `Đã tiếp quản tất cả từ mcp-pipe (pid ${pid}), sau ${time(afterMs)}.`,

  asked: ({ pid, version, links }) =>
    `mcp-pipe ${version} (pid ${pid}) tiếp quản: ${links} link được bàn giao, từng bước một.`,
  gave: ({ pid, links }) => `Đã bàn giao cho pid ${pid}: ${links.join(', ')}.`,
  gaveHttp: ({ pid }) => `Đã bàn giao cho pid ${pid}: những gì được phục vụ qua HTTP.`,
  tookBack: ({ pid, links }) =>
    `mcp-pipe mới (pid ${pid}) chưa tiếp quản hết: nó đã kết thúc, hoặc bị treo. ${links.length === 0 ? 'Chưa bàn giao gì cả; bản này chạy tiếp.' : `Bản này nhận lại ${links.join(', ')}.`}`,
  gaveAll: ({ pid, version }) => `Đã bàn giao tất cả cho mcp-pipe ${version} (pid ${pid}): đang dừng.`,
};

import { type bounds as english, SANDBOXES } from '../en/bounds.js';
import { size } from './numbers.js';

const WHY: Record<Parameters<typeof english.unwatched>[0]['why'], string> = {
  'no-ps': 'thiếu chương trình ps',
  'ps-failed': 'chương trình ps bị lỗi',
  'no-proc': 'không đọc được /proc',
};

const RESOURCES = { memory: 'bộ nhớ', cpu: 'bộ xử lý', pids: 'tiến trình' } as const;

/** Texts about limits of servers. */
export const bounds: typeof english = {
  limits: ({ memory, cpu, pids, copies, takenBytes }) =>
    `được dùng tối đa ${[
      ...(memory === undefined ? [] : [`${size(memory)} bộ nhớ`]),
      ...(cpu === undefined ? [] : [`${cpu}\u00a0% một bộ xử lý`]),
      ...(pids === undefined ? [] : [`${pids} tiến trình và luồng`]),
    ].join(
      ', ',
    )}${copies > 1 ? ` cho mỗi tiến trình trong ${copies} tiến trình của nó` : ''}${takenBytes === undefined ? '' : `; hiện chiếm ${size(takenBytes)}`}`,
  holding: ({ user, nice, sandbox, isOffline, image, isPinned }) =>
    [
      ...(sandbox === undefined
        ? []
        : [sandbox === 'some' ? 'trong sandbox' : `trong sandbox (${SANDBOXES[sandbox]})`]),
      ...(image === undefined
        ? []
        : [isPinned ? 'trong container' : 'trong container (chưa ghim: hãy ghi TÊN@sha256:…)']),
      ...(isOffline ? ['không có mạng'] : []),
      ...(user === undefined ? [] : [`chạy bằng người dùng ${user}`]),
      ...(nice === undefined ? [] : [`nice ${nice}`]),
    ].join(', '),
  heldBy: ({ held, watched }) => {
    if (held.length === 0) return 'mcp-pipe theo dõi, không thuộc control group nào';
    if (watched.length === 0) return 'control group giữ giới hạn';
    const list = (all: typeof held) => all.map((of) => RESOURCES[of]).join(', ');
    return `control group giữ giới hạn: ${list(held)}; mcp-pipe theo dõi: ${list(watched)}`;
  },
  notWatched: ({ why }) => `không theo dõi được: ${WHY[why]}`,
  unwatched: ({ why }) =>
    `Không đo được các server đang dùng bao nhiêu: ${WHY[why]}. Giới hạn chỉ có tác dụng ở nơi có control group; ở nơi khác thì không, và "maxServersMemory" cũng không.`,
};

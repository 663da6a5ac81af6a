import { size, time } from '../en/numbers.js';
import { size as sizeVi, time as timeVi } from '../vi/numbers.js';

/** Sizes in bytes, times in milliseconds. */
interface Need {
  totalBytes: number;
  ownBytes: number;
  machineBytes: number;
  isConstrained: boolean;
  measured: number;
  estimated: number;
  unknown: readonly string[];
}

const en = {
  need: ({ totalBytes, ownBytes, machineBytes, isConstrained, measured, estimated, unknown }: Need) =>
    `Memory: about ${size(totalBytes)} when everything runs (${[
      `mcp-pipe itself ${size(ownBytes)}`,
      ...(measured > 0 ? [`${measured} ${measured === 1 ? 'server' : 'servers'} as measured here`] : []),
      ...(estimated > 0
        ? [`${estimated} estimated from other packages of ${estimated === 1 ? 'its' : 'their'} registry`]
        : []),
      ...(unknown.length > 0 ? [`not known and not counted: ${unknown.join(', ')}`] : []),
    ].join(
      '; ',
    )}); ${isConstrained ? 'this container or service may take' : 'this machine has'} ${size(machineBytes)}.`,
  atOnce: ({ bytes }: { bytes: number }) =>
    `At once about ${size(bytes)}: of the servers that start on demand, only the largest is counted.`,
  lockCouldSave: ({ bytes }: { bytes: number }) =>
    `Started directly they need about ${size(bytes)} less: mcp-pipe lock`,
  lockSaves: ({ bytes }: { bytes: number }) => `Without the lock they would need about ${size(bytes)} more.`,
  /** What was measured both ways. */
  saved: ({ servers, memory, start }: SavedWords) =>
    `Started directly: ${servers.join(', ')} ${servers.length === 1 ? 'takes' : 'take'} ${size(memory.after)} instead of ${size(memory.before)}, and ${time(start.after)} to start instead of ${time(start.before)}, the quickest start of each seen here (a first one by npx or uvx downloads as well).`,
};

interface SavedWords {
  servers: readonly string[];
  memory: { before: number; after: number };
  start: { before: number; after: number };
}

const vi: typeof en = {
  need: ({ totalBytes, ownBytes, machineBytes, isConstrained, measured, estimated, unknown }) =>
    `Bộ nhớ: khoảng ${sizeVi(totalBytes)} khi mọi thứ cùng chạy (${[
      `riêng mcp-pipe ${sizeVi(ownBytes)}`,
      ...(measured > 0 ? [`${measured} server theo số đo trên máy này`] : []),
      ...(estimated > 0 ? [`${estimated} server ước tính theo các package khác của cùng registry`] : []),
      ...(unknown.length > 0 ? [`không rõ nên không tính: ${unknown.join(', ')}`] : []),
    ].join(
      '; ',
    )}); ${isConstrained ? 'container hoặc dịch vụ này được dùng' : 'máy có'} ${sizeVi(machineBytes)}.`,
  atOnce: ({ bytes }) =>
    `Cùng một lúc khoảng ${sizeVi(bytes)}: trong các server chỉ chạy khi có lời gọi, chỉ tính server lớn nhất.`,
  lockCouldSave: ({ bytes }) =>
    `Nếu được khởi động trực tiếp, chúng cần ít hơn khoảng ${sizeVi(bytes)}: mcp-pipe lock`,
  lockSaves: ({ bytes }) => `Nếu không khóa phiên bản, chúng cần thêm khoảng ${sizeVi(bytes)}.`,
  saved: ({ servers, memory, start }) =>
    `Khởi động trực tiếp: ${servers.join(', ')} chiếm ${sizeVi(memory.after)} thay vì ${sizeVi(memory.before)}, và cần ${timeVi(start.after)} để khởi động thay vì ${timeVi(start.before)}: lần nhanh nhất đã thấy của mỗi cách (lần đầu bằng npx hay uvx còn phải tải về).`,
};

/** What `mcp-pipe check` and `mcp-pipe status` say of memory, in both languages. */
export const texts = { en, vi };

import type { keys as en } from '../en/keys.js';
import { keyFileRemedy, keyFileTrouble } from './key-errors.js';
import { count } from './numbers.js';

const named = (what: string, names: readonly string[]) =>
  names.length === 0 ? [] : [`${what} ${names.join(', ')}`];

export const keys: typeof en = {
  unusable: ({ left, ...trouble }) =>
    `${keyFileTrouble(trouble)} ${left > 0 ? `${count(left, 'khóa')} có từ trước vẫn dùng được.` : 'Gateway vẫn đòi khóa.'} ${keyFileRemedy(trouble)}`,
  gone: ({ file }) =>
    `${file} không còn, nên các khóa trong đó cũng mất. Gateway đòi khóa cho đến khi mcp-pipe dừng; mcp-pipe key add tạo khóa mới.`,
  changed: ({ added, removed, changed }) =>
    `Khóa: ${[...named('thêm', added), ...named('thu hồi', removed), ...named('đổi', changed)].join('; ')}.`,
};

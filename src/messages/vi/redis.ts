import type { redis as en } from '../en/redis.js';

export const redis: typeof en = {
  alone: ({ url, reason }) =>
    `Giới hạn tần suất chỉ được đếm trên máy này, và những gì được chấp thuận ở đây chỉ có hiệu lực ở đây, cho đến khi ${url} trả lời trong vòng 250 ms trở lại (${reason}). Không lời gọi nào phải chờ.`,
  shared: ({ url }) =>
    `Giới hạn tần suất và các tool đã được chấp thuận lại là của chung mọi máy, qua ${url}.`,
};

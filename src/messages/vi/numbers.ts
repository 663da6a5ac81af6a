import { formatBytes, formatCount, formatMs, type NumberWords } from '../human.js';

export const numbers: NumberWords = {
  units: { ms: 'ms', s: 'giây', min: 'phút', h: 'giờ', days: 'ngày' },
  decimal: ',',
  thousands: '.',
};

export const time = (ms: number) => formatMs(ms, numbers);
export const size = (bytes: number) => formatBytes(bytes, numbers);
/** Vietnamese nouns have no plural. */
export const count = (n: number, what: string) => formatCount(n, what, what, numbers);
/** `sau 4 giây`, or `ngay bây giờ`. */
export const inTime = (ms: number) => (ms <= 0 ? 'ngay bây giờ' : `sau ${time(ms)}`);

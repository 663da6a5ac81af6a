import { ENGLISH, formatBytes, formatCount, formatMs } from '../human.js';

export const numbers = ENGLISH;

export const time = (ms: number) => formatMs(ms);
export const size = (bytes: number) => formatBytes(bytes);
export const count = (n: number, one: string, many = `${one}s`) => formatCount(n, one, many);
/** `in 4 s`, or `now`. */
export const inTime = (ms: number) => (ms <= 0 ? 'now' : `in ${time(ms)}`);

import { ENGLISH, sayBytes, sayCount, sayMs } from '../../human.js';

export const numbers = ENGLISH;

export const time = (ms: number) => sayMs(ms);
export const size = (bytes: number) => sayBytes(bytes);
export const count = (n: number, one: string, many = `${one}s`) => sayCount(n, one, many);
/** `in 4 s`, or `now`. */
export const inTime = (ms: number) => (ms <= 0 ? 'now' : `in ${time(ms)}`);

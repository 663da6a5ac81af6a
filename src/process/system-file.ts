import { readFileSync } from 'node:fs';

/** The text of a file below /proc or /sys; empty where there is none, or it may not be read. */
export function systemFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

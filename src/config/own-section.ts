import { isComment } from './finding.js';
import { isRecord } from './foreign-root.js';
import { nearest } from './nearest.js';

/** The keys of sections whose names other programs use for something else: Gemini CLI has its theme in "ui". */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  ui: ['address', 'key', 'readKey', 'allowedHosts'],
  metrics: ['address', 'key'],
};

/** Whether a section is meant for mcp-pipe: of those above, an object with none of its keys, not even a misspelt one, is not. */
export function isOwnSection(name: string, value: unknown): boolean {
  const known = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined;
  if (!known || !isRecord(value)) return true;
  return Object.keys(value).some((key) => !isComment(key) && nearest(key, known).length > 0);
}

import type { CodeText } from '../code-names.js';

/** Codes of the file of keys. */
export const keyCodes = {
  KEYS_UNUSABLE: {
    means:
      'The file of keys of mcp-pipe key cannot be read, is no such file, or others may write it. Keys that were read before go on; a key is asked for in any case.',
    next: 'Do what the message says; mcp-pipe key list shows whether the file can be used again.',
  },
  KEYS_GONE: {
    means: 'The file of keys is not there any more. Its keys open nothing now, and a key is still asked for.',
    next: 'Put it back, or make keys anew with mcp-pipe key add.',
  },
} satisfies Readonly<Record<string, CodeText>>;

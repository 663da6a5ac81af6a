import { escapeControls } from '../messages/human.js';

/** Quotes a word for the shell where that is needed, so that a program gets it unchanged. */
export function shellWord(word: string, platform: NodeJS.Platform = process.platform): string {
  const shown = escapeControls(word);
  if (/^[\p{L}\p{N}_@%+=:,./-]+$/u.test(word)) return word;
  if (platform === 'win32') return /^[\w\\:@+./-]+$/.test(word) ? word : `"${shown}"`;
  return /["$`\\!]/.test(word) ? `'${shown.replaceAll("'", "'\\''")}'` : `"${shown}"`;
}

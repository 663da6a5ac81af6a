import { escapeControls } from '../messages/human.js';

/** A word as it has to be typed to reach a program as it is: in quotes where a shell would take it apart or fill it in. */
export function shellWord(word: string, platform: NodeJS.Platform = process.platform): string {
  const shown = escapeControls(word);
  if (/^[\p{L}\p{N}_@%+=:,./-]+$/u.test(word)) return word;
  if (platform === 'win32') return /^[\w\\:@+./-]+$/.test(word) ? word : `"${shown}"`;
  return /["$`\\!]/.test(word) ? `'${shown.replaceAll("'", "'\\''")}'` : `"${shown}"`;
}

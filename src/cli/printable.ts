/** One line without control characters: names come from files of others, which may hold escape sequences for terminals. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
}

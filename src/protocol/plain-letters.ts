/** Letters that Unicode normalisation does not split into a plain letter and a mark. */
const LETTERS: Readonly<Record<string, string>> = { đ: 'd', Đ: 'D', ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', ß: 'ss' };

/** The text without the marks of its letters: `tính_tổng` becomes `tinh_tong`. Other alphabets stay. */
export function plainLetters(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐøØłŁß]/g, (letter) => LETTERS[letter]!);
}

/** What docs/vi/performance.md calls the rows and programs of the bench, which are written in English. */
import { GROUPS } from '../bench/profile-groups.js';

/** Pieces of the names of rows, between commas and colons. */
const PIECES: readonly (readonly [english: RegExp, vietnamese: string])[] = [
  [
    /^(Node\.js \d+|mcp-pipe --version|node -e 0|p\d+ [mµ]s|[mµ]s|MB|MiB|MB\/s|RSS MiB|mux|hub|gateway)$/,
    '$1',
  ],
  [/^json$/, 'JSON'],
  [/^events$/, 'luồng sự kiện'],
  [/^cold start to the first answer$/, 'từ lúc chạy đến trả lời đầu tiên'],
  [/^first start to the first answer$/, 'lần chạy đầu sau khi cài, đến trả lời đầu tiên'],
  [/^cold start$/, 'khởi động'],
  [/^start to the first answer$/, 'từ lúc khởi động đến câu trả lời đầu tiên'],
  [/^mcp-pipe --version beyond node -e 0$/, 'mcp-pipe --version lâu hơn node -e 0'],
  [/^one in flight$/, 'một lời gọi mỗi lúc'],
  [/^(\d+) in flight$/, '$1 lời gọi cùng lúc'],
  [/^(\d+) in flight each$/, 'mỗi agent $1 lời gọi cùng lúc'],
  [/^one call at a time$/, 'từng lời gọi một'],
  [/^one call$/, 'từng lời gọi một'],
  [/^(\d+) calls( at a time)?$/, '$1 lời gọi cùng lúc'],
  [/^msg\/s$/, 'message/s'],
  [/^calls\/s$/, 'lời gọi/giây'],
  [/^CPU ([mµ]s) per message$/, '$1 CPU mỗi message'],
  [/^CPU ([mµ]s) per call$/, '$1 CPU mỗi lời gọi'],
  [/^RSS after load$/, 'RSS sau khi chịu tải'],
  [/^RSS after$/, 'RSS sau đó'],
  [/^(\d+ MiB) results$/, 'kết quả $1'],
  [/^(\d+ MiB) requests$/, 'yêu cầu $1'],
  [/^nobody with bufferutil$/, 'không bên nào có bufferutil'],
  [/^everybody with bufferutil$/, 'cả hai có bufferutil'],
  [/^(\d+) links?$/, '$1 link'],
  [/^(\d+) servers$/, '$1 server'],
  [/^(\d+) idle sessions$/, '$1 phiên rảnh'],
  [/^all answered after$/, 'tất cả trả lời sau'],
  [/^idle (RSS|PSS)$/, '$1 khi rảnh'],
  [/^loaded RSS$/, 'RSS khi chịu tải'],
  [/^RSS with servers$/, 'RSS kể cả server'],
  [/^processes of servers$/, 'số tiến trình server'],
  [/^back after the first 4004$/, 'trở lại sau 4004 lần đầu'],
  [/^back after the second 4004$/, 'trở lại sau 4004 lần hai'],
  [/^back after the third 4004$/, 'trở lại sau 4004 lần ba'],
  [/^(\d+) reconnects$/, '$1 lần kết nối lại'],
  [/^(\d+) restarts$/, '$1 lần khởi động lại'],
  [/^RSS after \/ before$/, 'RSS sau / trước'],
  [/^descriptors after \/ before$/, 'số descriptor sau / trước'],
  [/^each further link$/, 'mỗi link thêm'],
  [/^from (\d+) to (\d+) links$/, 'từ $1 đến $2 link'],
  [/^(MB|ms) a link$/, '$1 mỗi link'],
  [/^CPU ms a link$/, 'ms CPU mỗi link'],
  [/^CPU ms$/, 'ms CPU'],
  [/^CPU of the start$/, 'CPU khi khởi động'],
  [/^at most \/ on average$/, 'cao nhất / trung bình'],
];

/** @throws Error for a piece that has no words. */
export function vietnameseRow(name: string): string {
  return name
    .split(/(, |: )/)
    .map((piece, i) => (i % 2 === 0 ? vietnamese(piece, PIECES) : piece))
    .join('');
}

const SUBJECTS: readonly (readonly [RegExp, string])[] = [
  [/^batched$/, 'gộp lần ghi'],
  [/^one write$/, 'mỗi message một lần ghi'],
  [/^native C$/, 'C'],
  [/^hub, (\d+) agents x (\d+)$/, 'chung, $1 agent x $2'],
  [/^(\d+) of batched x (\d+)$/, '$1 gộp lần ghi x $2'],
  [/^ws and SDK client$/, 'ws và SDK'],
  [/^node:http and SDK$/, 'node:http và SDK'],
  // Names of programs.
  [/^(.+)$/, '$1'],
];

export function vietnameseSubject(name: string): string {
  return vietnamese(name, SUBJECTS);
}

const GROUP_WORDS: Readonly<Record<string, string>> = {
  [GROUPS.writing]: 'ghi ra socket và pipe',
  [GROUPS.program]: 'đọc và vòng lặp sự kiện',
  [GROUPS.gc]: 'thu gom bộ nhớ',
  [GROUPS.compiling]: 'biên dịch module',
};

/** Of a group of a profile: packages and folders keep their names. */
export function vietnameseGroup(name: string): string {
  return GROUP_WORDS[name] ?? name;
}

function vietnamese(text: string, words: readonly (readonly [RegExp, string])[]): string {
  const found = words.find(([english]) => english.test(text));
  if (!found) throw new Error(`scripts/performance-words.ts has no Vietnamese for "${text}"`);
  return text.replace(found[0], found[1]);
}

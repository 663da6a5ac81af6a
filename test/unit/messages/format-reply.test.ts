import { expect, test } from 'vitest';
import { formatReply } from '../../../src/messages/format-reply.js';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';

/** Errors for servers, and for callers of the embedded endpoint: nobody who asks for tools gets them. */
const FOR_OTHERS: readonly number[] = [
  ErrorCode.endpointGone,
  ErrorCode.noCaller,
  ErrorCode.tooManyServerRequests,
];

test.each(Object.entries(ErrorCode).filter(([, code]) => !FOR_OTHERS.includes(code)))(
  '%s is said in Vietnamese, and in English as it came',
  (_, code) => {
    const reply = { code, message: 'The English sentence.', data: { server: 'x' } };
    expect(formatReply('chậm', reply, 'en')).toBe('The English sentence.');
    const said = formatReply('chậm', reply, 'vi');
    expect(said).toMatch(/[ạảấầậắếềểễệịọốồộớờợụứừửựỳ]/);
    expect(said).not.toMatch(/\b(the|this|undefined|of)\b/i);
  },
);

test('why a server is down or has ended, and how long it waits for its turn, are told', () => {
  const message = 'English';
  const down = formatReply('a', { code: ErrorCode.serverDown, message, data: { why: 'Nó đã hỏng.' } }, 'vi');
  expect(down).toBe('Server a hiện không chạy. Nó đã hỏng.');
  const why = 'Server dùng quá giới hạn bộ nhớ (352 MiB > 300 MiB) nên bị dừng sau 12 giây.';
  const ended = formatReply('a', { code: ErrorCode.serverExited, message, data: { why } }, 'vi');
  expect(ended).toBe(
    `Server a đã dừng trong lúc lời gọi này đang chạy. ${why} Lời gọi không được lặp lại, vì có thể nó đã có tác dụng.`,
  );
  const waits = formatReply('a', { code: ErrorCode.notItsTurn, message, data: { waitMs: 60_000 } }, 'vi');
  expect(waits).toMatch(/còn khoảng 60 giây\.$/);
});

test('an error of the server keeps its text', () => {
  expect(formatReply('a', { code: -32602, message: 'Bad params' }, 'vi')).toBe('Bad params');
});

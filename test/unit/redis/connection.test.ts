import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { openRedis } from '../../../src/redis/redis.js';

/** Answers each command with what `say` makes of its words. */
async function saying(say: (words: string[]) => string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (const command of data.toString().split(/(?=\*\d+\r\n)/)) {
        const words = command
          .split('\r\n')
          .slice(1)
          .filter((line) => !/^(\$\d+)?$/.test(line));
        socket.write(`-${say(words)}\r\n`);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}/0`;
}

async function refusal(say: (words: string[]) => string): Promise<NodeJS.ErrnoException> {
  const redis = openRedis({
    ...{ url: await saying(say), username: 'app', password: 's3cret-word', answeredWithinMs: 10_000 },
  });
  onTestFinished(() => redis.close());
  return redis.run({ name: 'asked', lua: 'return 1' }, [], []).then(
    () => expect.unreachable('it refuses'),
    (error) => error,
  );
}

it.each(['`', "'"])(
  'the password is in no error of a Redis whose AUTH has another name, quoted with %s',
  async (quote) => {
    const quoted = (word: string) => `${quote}${word}${quote}`;
    const error = await refusal(
      ([name, ...args]) =>
        `ERR unknown command ${quoted(name!)}, with args beginning with: ${args.map(quoted).join(' ')} `,
    );
    expect(error.message).toMatch(/^ERR unknown command .auth.$/);
    expect(error.name).toBe('ReplyError');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('s3cret');
  },
);

it('a refusal is told in some words, however long it is and whatever it repeats', async () => {
  const error = await refusal((words) => `WRONGPASS ${words.join(' ')} ${'x'.repeat(100_000)}`);
  expect(error.message).toMatch(/^WRONGPASS .*\[redacted\]/);
  expect(error.message.length).toBeLessThan(400);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('s3cret');
});

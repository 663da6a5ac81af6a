import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { Authentication, type Way } from '../../../../src/daemon/http/authentication.js';
import type { Authenticator, Known } from '../../../../src/daemon/http/authenticator.js';
import { WrongKeys } from '../../../../src/daemon/http/wrong-keys.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const of = (credential?: string) =>
  ({
    headers: credential === undefined ? {} : { authorization: `Bearer ${credential}` },
  }) as unknown as IncomingMessage;
const way = (
  kind: string,
  identify: (credential: string) => Known | Promise<Known>,
  more: Partial<Authenticator> = {},
): Way => ({ kind, authenticator: { isAsked: true, identify, ...more } });
const knows = (credential: string, key: string) => (given: string) =>
  given === credential ? { key } : undefined;

function authentication(...ways: Way[]) {
  const clock = new ManualClock();
  return { clock, of: new Authentication(ways, new WrongKeys(clock)) };
}

it('the first way that knows a credential wins, at once or by promise', async () => {
  const { of: one } = authentication(
    way('keys', knows('one', 'an')),
    way('jwt', async (given) => knows('two', 'binh')(given)),
    way('store', (given) => knows('three', 'chi')(given) ?? knows('one', 'nobody')(given)),
  );
  expect(one.admit(of('one'), 'a')).toEqual({ identity: { key: 'an' }, by: 'keys' });
  await expect(one.admit(of('two'), 'a')).resolves.toEqual({ identity: { key: 'binh' }, by: 'jwt' });
  await expect(one.admit(of('three'), 'a')).resolves.toEqual({ identity: { key: 'chi' }, by: 'store' });
});

it('a way without callers is not asked, and without any, nothing is', () => {
  const asked = () => {
    throw new Error('asked');
  };
  const { of: one } = authentication(way('keys', asked, { isAsked: false }));
  expect(one.isAsked).toBe(false);
  expect(one.admit(of('one'), 'a')).toEqual({});
});

it('a refusal says what is wrong, and where to get a credential', async () => {
  const { of: one } = authentication(
    way('jwt', (given) =>
      given === 'narrow'
        ? { error: 'insufficient_scope', message: 'more is needed', scope: 'mcp:write' }
        : given === 'later'
          ? { error: 'temporarily_unavailable', message: 'not now', retryAfterS: 9 }
          : { error: 'invalid_token', message: 'no "such" token' },
    ),
    way('oauth', () => undefined, {
      challenge: () => ({ resource_metadata: 'https://a.example/"meta\r\nX: y' }),
    }),
  );
  const metadata = 'realm="mcp-pipe", resource_metadata="https://a.example/\\"meta??X: y"';
  expect(one.admit(of(), 'a')).toMatchObject({
    status: 401,
    headers: { 'www-authenticate': `Bearer ${metadata}` },
  });
  expect(one.admit(of('bad'), 'a')).toMatchObject({
    status: 401,
    message: 'no "such" token',
    headers: { 'www-authenticate': `Bearer ${metadata}, error="invalid_token"` },
  });
  expect(one.admit(of('narrow'), 'a')).toMatchObject({
    status: 403,
    headers: { 'www-authenticate': `Bearer ${metadata}, error="insufficient_scope", scope="mcp:write"` },
  });
  expect(one.admit(of('later'), 'a')).toMatchObject({ status: 503, headers: { 'retry-after': '9' } });
});

it('a way that fails lets nobody in, and an identity that is over is none', async () => {
  const { of: one } = authentication(
    way('jwt', (given) => {
      if (given === 'throws') throw new Error('a bug');
      if (given === 'rejects') return Promise.reject(new Error('a bug'));
      return { key: 'an', until: Date.now() - 1 };
    }),
  );
  expect(one.admit(of('throws'), 'a')).toMatchObject({ status: 503 });
  await expect(one.admit(of('rejects'), 'a')).resolves.toMatchObject({ status: 503 });
  expect(one.admit(of('old'), 'a')).toMatchObject({
    status: 401,
    message: expect.stringContaining('expired'),
  });
});

it('who tries keys waits longer and longer; a client that was let in lately does not wait with them', async () => {
  const { of: one, clock } = authentication(way('keys', knows('good', 'an')));
  expect(one.admit(of('good'), 'a')).toMatchObject({ by: 'keys' });
  const answered: unknown[] = [];
  const tries = Array.from({ length: 20 }, (_, i) => one.admit(of(`guess-${i}`), 'a'));
  for (const each of tries) void Promise.resolve(each).then((answer) => answered.push(answer));
  await Promise.resolve();
  // All but four are not looked at.
  expect(tries.filter((each) => !(each instanceof Promise))).toHaveLength(16);
  expect(tries.at(-1)).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
  expect(one.admit(of('good'), 'a')).toMatchObject({ by: 'keys' });
  expect(one.admit(of('good'), 'b')).toMatchObject({ by: 'keys' });
  await clock.advance(250);
  expect(answered.filter((answer) => (answer as { status: number }).status === 401)).toHaveLength(1);
  await clock.advance(10_000);
  await Promise.all(tries);
  expect(answered).toHaveLength(20);
});

it('of credentials that cannot be known at once, a bounded number is looked at, and less from one network', async () => {
  const settle: (() => void)[] = [];
  const slow = way(
    'jwt',
    () => new Promise((resolve) => settle.push(() => resolve({ error: 'invalid_token', message: 'bad' }))),
    { vouches: (given) => given === 'vouched' },
  );
  const { of: one } = authentication(slow);
  const flood = (address: (i: number) => string, tries: number) =>
    Array.from({ length: tries }, (_, i) => one.admit(of(`forged-${i}`), address(i))).filter(
      (each) => each instanceof Promise,
    );
  const waiting = flood((i) => `2001:db8:1:2::${i.toString(16)}`, 3_000);
  expect(waiting).toHaveLength(500);
  expect(one.admit(of('more'), '2001:db8:1:2:3::1')).toMatchObject({ status: 503 });
  // What cannot have been guessed waits beside them.
  expect(one.admit(of('vouched'), '2001:db8:1:2:3::1')).toBeInstanceOf(Promise);
  waiting.push(...flood((i) => `192.0.2.${i % 200}`, 5_000));
  expect(waiting).toHaveLength(1_999);
  for (const each of settle) each();
  await Promise.all(waiting);
  expect(one.admit(of('more'), '2001:db8:1:2:3::1')).toBeInstanceOf(Promise);
});

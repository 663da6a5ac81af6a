import { expect, test } from 'vitest';
import {
  MOST_ACCESS_TOKENS,
  MOST_CLIENTS,
  MOST_USED_TOKENS,
} from '../../../../src/daemon/oauth/oauth-bounds.js';
import type { OAuthRecords } from '../../../../src/daemon/oauth/oauth-records.js';
import { OAuthStore } from '../../../../src/daemon/oauth/oauth-store.js';

const DAY = 86_400_000;
const FACTS = { key: 'an', mark: 'm', clientName: 'C', host: 'c.example' };

function world() {
  let now = 1_000_000_000;
  let kept: OAuthRecords = { clients: [], grants: [], tokens: [] };
  const keep = (records: OAuthRecords) => {
    kept = records;
  };
  const options = { keep, now: () => now };
  return {
    store: new OAuthStore(options),
    later: (ms: number) => {
      now += ms;
    },
    now: () => now,
    kept: () => kept,
    again: () => new OAuthStore({ ...options, records: kept }),
  };
}

type World = ReturnType<typeof world>;

function letIn(
  { store, now }: World,
  clientId: string,
  id = `grant-of-${clientId}`,
  lastsMs = 30 * DAY,
): string {
  store.beginGrant(id, { ...FACTS, clientId });
  store.putToken('RefreshToken', `refresh-${id}`, { grantId: id }, now() + lastsMs);
  store.putToken('AccessToken', `access-${id}`, { grantId: id, aud: 'https://a/mcp' }, now() + 3_600_000);
  return id;
}

test('a flood of clients takes the place of those that nobody has let in, and of no other', () => {
  const all = world();
  all.store.putClient('mine', {});
  letIn(all, 'mine');
  for (let i = 0; i < 3 * MOST_CLIENTS; i++) {
    all.later(1);
    expect(all.store.hasRoom).toBe(true);
    all.store.putClient(`flood-${i}`, {});
  }
  expect(all.kept().clients).toHaveLength(MOST_CLIENTS);
  expect(all.store.client('mine')).toBeDefined();
  expect(all.store.knownBy('access-grant-of-mine')?.grant.key).toBe('an');
});

test('when all clients are let in, there is no room for another one', () => {
  const all = world();
  for (let i = 0; i < MOST_CLIENTS; i++) {
    all.store.putClient(`client-${i}`, {});
    letIn(all, `client-${i}`);
  }
  expect(all.store.hasRoom).toBe(false);
});

test('a client that nobody lets in is forgotten after a day; one whose login is over is kept, to be let in again', () => {
  const all = world();
  all.store.putClient('never', {});
  all.store.putClient('once', {});
  all.later(1);
  letIn(all, 'once', 'grant', DAY);
  all.later(2 * DAY);
  expect(all.store.hasRoom).toBe(true);
  expect([all.store.client('never'), all.store.client('once')?.id]).toEqual([undefined, 'once']);
  expect(all.store.logins).toEqual([]);
});

test('of tokens that are over, used or too many, no more is kept than is needed', () => {
  const all = world();
  const id = letIn(all, 'c');
  for (let i = 0; i < 3 * MOST_USED_TOKENS; i++) {
    all.later(1);
    all.store.putToken('RefreshToken', `r${i}`, { grantId: id, secretFree: true }, all.now() + DAY);
    expect(all.store.useToken(`r${i}`)).toBe(true);
    expect(all.store.useToken(`r${i}`)).toBe(false);
    all.store.putToken('AccessToken', `a${i}`, { grantId: id }, all.now() + DAY);
  }
  const { tokens } = all.kept();
  expect(tokens.filter(({ isUsed }) => isUsed)).toHaveLength(MOST_USED_TOKENS);
  expect(tokens.filter(({ kind }) => kind === 'AccessToken')).toHaveLength(MOST_ACCESS_TOKENS);
  // The one that is good, and the last of those that were used.
  expect(all.store.token('RefreshToken', `refresh-${id}`)?.isUsed).toBe(false);
  expect(all.store.token('RefreshToken', `r${3 * MOST_USED_TOKENS - 1}`)?.isUsed).toBe(true);
  all.later(31 * DAY);
  expect(all.store.knownBy(`access-${id}`)).toBeUndefined();
  expect(all.store.logins).toEqual([]);
});

test('what is kept opens the same logins again, without codes and without values', () => {
  const all = world();
  all.store.putClient('c', {});
  const id = letIn(all, 'c');
  all.store.putToken('AuthorizationCode', 'the-code', { grantId: id }, all.now() + 60_000);
  const text = JSON.stringify(all.kept());
  for (const value of ['the-code', `access-${id}"`, `refresh-${id}"`]) expect(text).not.toContain(value);
  const next = all.again();
  expect(next.knownBy(`access-${id}`)?.resource).toBe('https://a/mcp');
  expect(next.token('AuthorizationCode', 'the-code')).toBeUndefined();
});

test('a token is one of its kind only', () => {
  const all = world();
  const id = letIn(all, 'c');
  expect(all.store.token('AccessToken', `refresh-${id}`)).toBeUndefined();
  expect(all.store.knownBy(`refresh-${id}`)).toBeUndefined();
});

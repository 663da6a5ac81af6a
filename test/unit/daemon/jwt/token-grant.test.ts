import { expect, it } from 'vitest';
import type { TokenGrant } from '../../../../src/config/issuer-plan.js';
import { grantedBy, scopesOf } from '../../../../src/daemon/jwt/token-grant.js';

const claim = (name: string, value: string) => ({ kind: 'claim', names: [name], value }) as const;
const grants: TokenGrant[] = [
  { name: 'scope:write', on: { kind: 'scope', value: 'write' }, grant: {} },
  { name: 'scope:read', on: { kind: 'scope', value: 'read' }, grant: { readOnly: true } },
  { name: 'claim:groups=admins', on: claim('groups', 'admins'), grant: { servers: ['*'] } },
  { name: 'sub:alice', on: claim('sub', 'alice'), grant: { servers: ['memory'] } },
];
const of = (claims: object, scopes: string[] = [], given: TokenGrant[] | undefined = grants) =>
  grantedBy(claims as Record<string, unknown>, { scopes, grants: given });

it('the first grant that fits counts', () => {
  expect(of({ scope: 'read write' })).toEqual({ grant: {} });
  expect(of({ scope: 'read', sub: 'alice' })).toEqual({ grant: { readOnly: true } });
  expect(of({ sub: 'alice', groups: ['users', 'admins'] })).toEqual({ grant: { servers: ['*'] } });
  expect(of({ sub: 'alice', groups: 'users' })).toEqual({ grant: { servers: ['memory'] } });
});

it('a token that none fits lacks one of their scopes', () => {
  expect(of({ sub: 'bob', scope: 'reader' })).toEqual({ lacks: 'write read' });
  expect(of({ sub: 'bob' }, ['openid'])).toEqual({ lacks: 'openid' });
  expect(of({ sub: 'bob' }, [], [])).toEqual({ lacks: '' });
});

it('without grants, every token may do everything once it has the scopes', () => {
  expect(grantedBy({ scope: 'a b' }, { scopes: ['a', 'b'], grants: undefined })).toEqual({
    grant: undefined,
  });
  expect(grantedBy({ scope: 'a' }, { scopes: ['a', 'b'], grants: undefined })).toEqual({ lacks: 'a b' });
});

it('scopes are texts between spaces or lists, of scope and scp; what is neither is none', () => {
  expect(scopesOf({ scope: 'a  b' })).toEqual(['a', 'b']);
  expect(scopesOf({ scp: ['a', 7, 'b'] })).toEqual(['a', 'b']);
  expect(scopesOf({ scp: 'a', scope: 'b' })).toEqual(['b', 'a']);
  expect(scopesOf({ scope: { read: true }, scp: null })).toEqual([]);
});

it('names of the prototype are no claims', () => {
  const on = claim('constructor', 'x');
  expect(of({}, [], [{ name: 'x', on, grant: {} }])).toEqual({ lacks: '' });
});

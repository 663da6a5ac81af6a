import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { IssuerPlan } from '../../../../src/config/issuer-plan.js';
import { JWT } from '../../../../src/config/jwt-defaults.js';
import { TokensOfIssuers, type TokensOptions } from '../../../../src/daemon/jwt/tokens-of-issuers.js';
import {
  inSeconds,
  macOf,
  signedBy,
  signingKey,
  type TokenIssuer,
  tokenIssuer,
  tokenOf,
} from '../../../helpers/token-issuer.js';

const AUDIENCE = 'https://mcp.example.com/mcp';
const paths = { http: [], sse: [], message: [], ws: [], health: [] };
const at = (url: string) => ({ url, headers: {}, socket: {} }) as unknown as IncomingMessage;

const planOf = ({ issuer }: Pick<TokenIssuer, 'issuer'>, more: Partial<IssuerPlan> = {}): IssuerPlan => ({
  ...{ issuer, audience: [AUDIENCE], algorithms: [...JWT.algorithms], clockToleranceMs: 0, scopes: [] },
  network: {},
  ...more,
});

/** Asks who has a token, at one address. */
function tokensOf(issuers: readonly IssuerPlan[], options: TokensOptions = {}) {
  const tokens = new TokensOfIssuers(issuers, { paths }, options);
  onTestFinished(() => tokens.close());
  return async (token: string, path = '/mcp') => tokens.identify(token, at(path));
}

const KNOWN = { key: expect.stringMatching(/^alice@[0-9a-f]{16}$/) };
const invalid = (message: RegExp) => ({ error: 'invalid_token', message: expect.stringMatching(message) });

describe('a token of an issuer', () => {
  it.each(['RS256', 'ES256'] as const)('that is signed with %s is good until it ends', async (alg) => {
    const issuer = await tokenIssuer([signingKey('one', alg)]);
    const ask = tokensOf([planOf(issuer)]);
    const exp = inSeconds(60);
    const token = issuer.token({ exp });
    expect(await ask(token)).toEqual({ ...KNOWN, grant: undefined, until: exp * 1_000 });
    expect(await ask(token)).toMatchObject(KNOWN);
    expect(issuer.reads).toBe(1);
  });

  it('is known at once when it comes again', async () => {
    const issuer = await tokenIssuer();
    const tokens = new TokensOfIssuers([planOf(issuer)], { paths });
    const token = issuer.token();
    const first = tokens.identify(token, at('/mcp'));
    expect(first).toBeInstanceOf(Promise);
    await first;
    expect(tokens.identify(token, at('/mcp'))).toMatchObject(KNOWN);
  });

  it.each([
    ['of another issuer', { iss: 'https://evil.example' }, /issuer/],
    ['without issuer', { iss: undefined }, /issuer/],
    ['with a list of issuers', { iss: ['a', 'b'] }, /issuer/],
    ['for something else', { aud: 'https://other.example/mcp' }, /"aud" does not name/],
    [
      'for several, none of them this',
      { aud: ['https://a.example', 'https://b.example'] },
      /"aud" does not name/,
    ],
    ['without audience', { aud: undefined }, /needs the claim "aud"/],
    ['with no audience at all', { aud: [] }, /needs the claim "aud"/],
    ['with an audience of objects', { aud: [{ [AUDIENCE]: true }] }, /needs the claim "aud"/],
    ['with a number among its audience', { aud: [AUDIENCE, 7] }, /needs the claim "aud"/],
    ['that has expired', { exp: inSeconds(-1) }, /has expired at 2\d\d\d-/],
    ['that ends as a text', { exp: String(inSeconds(60)) }, /needs the claim "exp"/],
    ['that never ends', { exp: undefined }, /needs the claim "exp"/],
    ['that ends at null', { exp: null }, /needs the claim "exp"/],
    ['that is not valid yet', { nbf: inSeconds(60) }, /not valid before 2/],
    ['that begins as a text', { nbf: '0' }, /time that is no number/],
    ['that was made at a text', { iat: 'today' }, /time that is no number/],
    ['of nobody', { sub: undefined }, /needs the claim "sub"/],
    ['of an empty name', { sub: '' }, /needs the claim "sub"/],
    ['of a number', { sub: 7 }, /needs the claim "sub"/],
    ['of an endless name', { sub: 'x'.repeat(1_025) }, /needs the claim "sub"/],
  ])('%s is refused', async (_, claims, message) => {
    const issuer = await tokenIssuer();
    expect(await tokensOf([planOf(issuer)])(issuer.token(claims))).toEqual(invalid(message));
  });

  it('that never ends as a number is refused', async () => {
    const issuer = await tokenIssuer();
    const [key] = issuer.keys;
    const claims = JSON.stringify(issuer.claims({ exp: 0 })).replace('"exp":0', '"exp":1e999');
    const token = tokenOf({ alg: 'ES256', kid: 'one' }, claims, signedBy(key!));
    expect(await tokensOf([planOf(issuer)])(token)).toEqual(invalid(/needs the claim "exp"/));
  });

  it.each([
    ['claim', '"sub":"alice"', '"sub":"root","sub":"alice"'],
    ['claim, spelled otherwise', '"sub":"alice"', '"s\\u0075b":"root","sub":"alice"'],
  ])('with a %s twice is refused', async (_, once, twice) => {
    const issuer = await tokenIssuer();
    const claims = JSON.stringify(issuer.claims()).replace(once, twice);
    const token = tokenOf({ alg: 'ES256', kid: 'one' }, claims, signedBy(issuer.keys[0]!));
    expect(await tokensOf([planOf(issuer)])(token)).toEqual(invalid(/cannot be read/));
  });

  it('with a member of its header twice is refused', async () => {
    const issuer = await tokenIssuer();
    const header = '{"alg":"none","alg":"ES256","kid":"one"}';
    const token = tokenOf(header, issuer.claims(), signedBy(issuer.keys[0]!));
    expect(await tokensOf([planOf(issuer)])(token)).toEqual(invalid(/cannot be read/));
  });

  it('may come a little late with a tolerance, and no later', async () => {
    const issuer = await tokenIssuer();
    const ask = tokensOf([planOf(issuer, { clockToleranceMs: 30_000 })]);
    expect(await ask(issuer.token({ exp: inSeconds(-5) }))).toMatchObject(KNOWN);
    expect(await ask(issuer.token({ nbf: inSeconds(5) }))).toMatchObject(KNOWN);
    expect(await ask(issuer.token({ exp: inSeconds(-40) }))).toEqual(invalid(/expired/));
  });

  it('is refused once it has ended, though it was remembered', async () => {
    const issuer = await tokenIssuer();
    let now = Date.now();
    const ask = tokensOf([planOf(issuer)], { now: () => now });
    const token = issuer.token({ exp: inSeconds(600) });
    expect(await ask(token)).toMatchObject(KNOWN);
    now += 601_000;
    expect(await ask(token)).toEqual(invalid(/expired/));
  });

  it.each(['jwt', 'JWT', 'at+jwt', 'application/at+jwt', undefined])('may call itself %s', async (typ) => {
    const issuer = await tokenIssuer();
    expect(await tokensOf([planOf(issuer)])(issuer.token({}, { typ }))).toMatchObject(KNOWN);
  });

  it.each(['dpop+jwt', 'logout+jwt', 7, null])('that calls itself %s is refused', async (typ) => {
    const issuer = await tokenIssuer();
    expect(await tokensOf([planOf(issuer)])(issuer.token({}, { typ }))).toEqual(invalid(/"typ"/));
  });

  it('for one server is good only there', async () => {
    const issuer = await tokenIssuer();
    const aud = 'https://mcp.example.com/servers/a/mcp';
    const tokens = new TokensOfIssuers([planOf(issuer, { audience: [] })], {
      paths,
      publicUrl: 'https://mcp.example.com',
    });
    const token = issuer.token({ aud });
    const ask = (path: string) => tokens.identify(token, at(path));
    expect(await ask('/servers/a/mcp')).toMatchObject(KNOWN);
    expect(await ask('/servers/b/mcp')).toEqual(invalid(/"aud" does not name/));
    expect(await ask('/mcp')).toEqual(invalid(/"aud" does not name/));
  });

  it('has the grant of its scope, and lacks one without', async () => {
    const issuer = await tokenIssuer();
    const grants = [
      { name: 'scope:read', on: { kind: 'scope' as const, value: 'read' }, grant: { readOnly: true } },
    ];
    const ask = tokensOf([planOf(issuer, { grants })]);
    expect(await ask(issuer.token({ scope: 'read' }))).toMatchObject({ grant: { readOnly: true } });
    expect(await ask(issuer.token({ scope: 'other' }))).toMatchObject({
      error: 'insufficient_scope',
      scope: 'read',
    });
  });
});

describe('a forged token', () => {
  const refused = async (
    issuer: TokenIssuer,
    token: string,
    message: RegExp,
    more: Partial<IssuerPlan> = {},
  ) => expect(await tokensOf([planOf(issuer, more)])(token)).toEqual(invalid(message));

  it('by another key with the same id is refused', async () => {
    const issuer = await tokenIssuer();
    await refused(issuer, issuer.token({}, {}, signingKey('one')), /signature of this token is not/);
  });

  it('of a good one with other claims is refused', async () => {
    const issuer = await tokenIssuer();
    const [head, , signature] = issuer.token().split('.');
    const claims = Buffer.from(JSON.stringify(issuer.claims({ sub: 'root' }))).toString('base64url');
    await refused(issuer, `${head}.${claims}.${signature}`, /signature of this token is not/);
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', undefined, null, ['ES256']])(
    'with the algorithm %j is refused',
    async (alg) => {
      const issuer = await tokenIssuer();
      await refused(
        issuer,
        tokenOf({ alg, kid: 'one' }, issuer.claims(), () => 'x'),
        /not signed with one of/,
      );
    },
  );

  it('without a signature is refused, whatever it says of one', async () => {
    const issuer = await tokenIssuer();
    await refused(
      issuer,
      tokenOf({ alg: 'ES256', kid: 'one' }, issuer.claims(), () => ''),
      /cannot be read/,
    );
    await refused(
      issuer,
      tokenOf({ alg: 'none' }, issuer.claims(), () => ''),
      /cannot be read/,
    );
    // ECDSA with r = s = 0 (CVE-2022-21449).
    await refused(
      issuer,
      tokenOf({ alg: 'ES256', kid: 'one' }, issuer.claims(), () => Buffer.alloc(64)),
      /signature/,
    );
  });

  it('by a MAC with the public key is refused', async () => {
    const issuer = await tokenIssuer([signingKey('one', 'RS256')]);
    const { publicKey } = issuer.keys[0]!;
    const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const der = publicKey.export({ format: 'der', type: 'spki' });
    const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
    for (const secret of [pem, pem.trim(), der, jwk, JSON.stringify(issuer.jwks), ''])
      for (const alg of ['HS256', 'HS384', 'HS512', 'hs256'])
        await refused(
          issuer,
          tokenOf({ alg, kid: 'one' }, issuer.claims(), macOf(secret)),
          /not signed with one of/,
        );
  });

  it('with an algorithm that the key is not for is refused', async () => {
    const issuer = await tokenIssuer([signingKey('one', 'RS256')]);
    const key = signingKey('one', 'ES256');
    await refused(issuer, issuer.token({}, { alg: 'ES256' }, key), /key that its issuer does not publish/);
    await refused(issuer, issuer.token({}, { alg: 'RS512' }), /not signed with one of/);
    await refused(issuer, issuer.token(), /not signed with one of ES256/, { algorithms: ['ES256'] });
  });

  it.each([
    '../../../etc/passwd',
    '/dev/null',
    "one' OR '1'='1",
    'http://127.0.0.1/keys',
    '__proto__',
    'constructor',
    '',
  ])('with the key id %j is refused', async (kid) => {
    const issuer = await tokenIssuer();
    await refused(issuer, issuer.token({}, { kid }), /key that its issuer does not publish/);
  });

  it.each([7, null, ['one'], { kid: 'one' }, 'x'.repeat(300)])(
    'with %j for a key id is refused',
    async (kid) => {
      const issuer = await tokenIssuer();
      await refused(issuer, issuer.token({}, { kid }), /names no key/);
    },
  );

  it('with an extension that has to be understood is refused', async () => {
    const issuer = await tokenIssuer();
    await refused(issuer, issuer.token({}, { crit: ['exp'], exp: 1 }), /cannot be read/);
    await refused(issuer, issuer.token({}, { crit: ['b64'], b64: false }), /cannot be read/);
  });

  it.each(['eyJ.eyJ.x', 'eyJhbGciOiJFUzI1NiJ9.bm90IGpzb24.eA', 'eyJhbGciOiJFUzI1NiJ9..eA', 'eyJ_w.eyJ_w._w'])(
    'as broken as %s is refused',
    async (token) => {
      await refused(await tokenIssuer(), token, /cannot be read/);
    },
  );

  it('that is too long is refused unread', async () => {
    const issuer = await tokenIssuer();
    await refused(issuer, issuer.token({ x: 'x'.repeat(JWT.maxTokenBytes) }), /longer than 12 KB/);
  });

  it('is none of its kind when it is an API key', async () => {
    const ask = tokensOf([planOf(await tokenIssuer())]);
    for (const key of ['0123456789abcdef', 'a.b.c', 'eyJhbGciOiJub25lIn0', 'x'.repeat(20_000)])
      expect(await ask(key)).toBeUndefined();
  });
});

describe('the keys of an issuer', () => {
  const clock = () => {
    let at = 0;
    const pass = (ms: number) => {
      at += ms;
    };
    return { now: () => at, pass };
  };

  it('are read again when it has a new one, and the old one is not believed any more', async () => {
    const issuer = await tokenIssuer();
    const time = clock();
    const ask = tokensOf([planOf(issuer)], { clock: time });
    const old = issuer.token();
    expect(await ask(old)).toMatchObject(KNOWN);
    issuer.keys = [signingKey('two')];
    time.pass(JWT.keysCooldownMs);
    expect(await ask(issuer.token())).toMatchObject(KNOWN);
    expect(await ask(old)).toEqual(invalid(/does not publish/));
    expect(issuer.reads).toBe(2);
  });

  it('are asked for once in a while, however many ids are made up', async () => {
    const issuer = await tokenIssuer();
    const time = clock();
    const ask = tokensOf([planOf(issuer)], { clock: time });
    const flood = () =>
      Promise.all(
        Array.from({ length: 200 }, (_, i) => ask(issuer.token({ jti: i }, { kid: `made-up-${i}` }))),
      );
    for (const verdict of await flood()) expect(verdict).toMatchObject({ error: 'invalid_token' });
    expect(issuer.reads).toBe(1);
    time.pass(JWT.keysCooldownMs);
    await flood();
    expect(issuer.reads).toBe(2);
    expect(await ask(issuer.token())).toMatchObject(KNOWN);
  });

  it('are good for a while when it is away, and then it is said', async () => {
    const issuer = await tokenIssuer();
    const time = clock();
    const ask = tokensOf([planOf(issuer)], { clock: time });
    const remembered = issuer.token();
    await ask(remembered);
    await issuer.stop();
    time.pass(JWT.keysKeptMs);
    expect(await ask(remembered)).toMatchObject(KNOWN);
    expect(await ask(issuer.token({ jti: '2' }))).toMatchObject(KNOWN);
    time.pass(JWT.keysCooldownMs);
    const away = { error: 'temporarily_unavailable', message: expect.stringMatching(/cannot be reached/) };
    expect(await ask(remembered)).toMatchObject(away);
    await issuer.start();
    time.pass(JWT.keysCooldownMs);
    expect(await ask(remembered)).toMatchObject(KNOWN);
  });

  it('an issuer that was never there is said to be away, and is not asked for every token', async () => {
    const issuer = await tokenIssuer();
    await issuer.stop();
    const time = clock();
    const ask = tokensOf([planOf(issuer)], { clock: time });
    for (let i = 0; i < 3; i++)
      expect(await ask(issuer.token({ jti: i }))).toMatchObject({
        error: 'temporarily_unavailable',
        retryAfterS: 10,
      });
    await issuer.start();
    expect(await ask(issuer.token())).toMatchObject({ error: 'temporarily_unavailable' });
    time.pass(JWT.keysCooldownMs);
    expect(await ask(issuer.token())).toMatchObject(KNOWN);
  });

  it.each([
    [
      'redirects',
      (response: ServerResponse) => response.writeHead(302, { location: '/jwks' }).end(),
      /redirects/,
    ],
    [
      'redirects within itself',
      (response: ServerResponse) => response.writeHead(307, { location: '/jwks' }).end(),
      /redirects/,
    ],
    [
      'is endless',
      (response: ServerResponse) => response.writeHead(200).end(`{"keys":[${'1,'.repeat(200_000)}1]}`),
      /longer than 256 KB/,
    ],
    ['is no JSON', (response: ServerResponse) => response.writeHead(200).end('<html>'), /no JSON/],
    ['fails', (response: ServerResponse) => response.writeHead(500).end(), /answered 500/],
    ['has none', (response: ServerResponse) => response.writeHead(200).end('{"keys":[]}'), /has no keys/],
  ])('are not had when its answer %s', async (_, answer, message) => {
    const issuer = await tokenIssuer();
    issuer.answers.set('/keys', answer);
    const ask = tokensOf([planOf(issuer, { keysAt: { url: `${issuer.issuer}/keys` } })]);
    expect(await ask(issuer.token())).toMatchObject({
      error: 'temporarily_unavailable',
      message: expect.stringMatching(message),
    });
  });

  it('of metadata that names another issuer, or keys without https, are not read', async () => {
    const issuer = await tokenIssuer();
    const says = (body: object) =>
      issuer.answers.set('/.well-known/openid-configuration', (response) =>
        response.writeHead(200).end(JSON.stringify(body)),
      );
    says({ issuer: 'https://evil.example', jwks_uri: `${issuer.issuer}/jwks` });
    expect(await tokensOf([planOf(issuer)])(issuer.token())).toMatchObject({
      message: expect.stringMatching(/another issuer/),
    });
    says({ issuer: issuer.issuer, jwks_uri: 'http://169.254.169.254/latest' });
    expect(await tokensOf([planOf(issuer)])(issuer.token())).toMatchObject({
      message: expect.stringMatching(/no address of https/),
    });
    expect(issuer.reads).toBe(0);
  });

  it('a shared secret among them signs nothing', async () => {
    const issuer = await tokenIssuer();
    const k = Buffer.from('0123456789abcdef0123456789abcdef');
    issuer.answers.set('/jwks', (response) =>
      response
        .writeHead(200)
        .end(JSON.stringify({ keys: [{ kty: 'oct', kid: 'one', k: k.toString('base64url') }] })),
    );
    const ask = tokensOf([planOf(issuer)]);
    const token = tokenOf({ alg: 'HS256', kid: 'one' }, issuer.claims(), macOf(k));
    expect(await ask(token)).toEqual(invalid(/not signed with one of/));
    expect(await ask(issuer.token())).toEqual(invalid(/does not publish/));
  });

  it('a token without a key id is good if the issuer has one key of its kind', async () => {
    const issuer = await tokenIssuer();
    expect(await tokensOf([planOf(issuer)])(issuer.token({}, { kid: undefined }))).toMatchObject(KNOWN);
    issuer.keys.push(signingKey('two'));
    expect(await tokensOf([planOf(issuer)])(issuer.token({}, { kid: undefined }))).toEqual(
      invalid(/several/),
    );
  });
});

it('of several issuers, each is believed about its own tokens only', async () => {
  const [one, other] = [await tokenIssuer(), await tokenIssuer()];
  const ask = tokensOf([planOf(one), planOf(other)]);
  const [a, b] = [await ask(one.token()), await ask(other.token())];
  expect(a).toMatchObject(KNOWN);
  expect(b).toMatchObject(KNOWN);
  expect((a as { key: string }).key).not.toBe((b as { key: string }).key);
  expect(await ask(one.token({ iss: other.issuer }))).toEqual(invalid(/signature/));
});

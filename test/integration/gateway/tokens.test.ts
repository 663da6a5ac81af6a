import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { get, INITIALIZE, post } from '../../helpers/http-server.js';
import { listen } from '../../helpers/listen.js';
import { SocketPeer } from '../../helpers/socket-peer.js';
import {
  inSeconds,
  macOf,
  signedBy,
  signingKey,
  type TokenIssuer,
  tokenIssuer,
  tokenOf,
} from '../../helpers/token-issuer.js';

const of = ({ issuer }: TokenIssuer, more: object = {}) => ({
  ...{ issuer, audience: ['https://mcp.example.com/mcp'], algorithms: ['ES256', 'RS256'] },
  ...{ clockToleranceMs: 0, scopes: [], network: {}, ...more },
});
const gateway = (issuer: TokenIssuer, more: object = {}) =>
  startGateway({ servers: { calc: 'basic.mjs' }, gateway: { jwt: [of(issuer, more)] } });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Status, challenge and words of the answer to a first message. */
async function tried(world: GatewayWorld, headers: Record<string, string>, server = 'calc') {
  const reply = await post(world.url(server), INITIALIZE, headers);
  await reply.ended();
  const challenge = String(reply.headers['www-authenticate'] ?? '');
  return { status: reply.status, challenge, text: reply.text, headers: reply.headers };
}

describe('a client without a token', () => {
  it('is told where to log in, and the metadata is there for every name without a key', async () => {
    const issuer = await tokenIssuer();
    const world = await gateway(issuer, { scopes: ['mcp.read'] });
    const { origin } = new URL(world.url());
    const { status, challenge, text } = await tried(world, {});
    expect(status).toBe(401);
    expect(challenge).toContain(
      `resource_metadata="${origin}/.well-known/oauth-protected-resource/servers/calc/mcp"`,
    );
    expect(challenge).toContain('scope="mcp.read"');
    expect(challenge).not.toContain('error=');
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String) } });
    const read = async (path: string) => {
      const answer = await fetch(`${origin}/.well-known/oauth-protected-resource${path}`);
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const own = await read('/servers/calc/mcp');
    expect(own).toMatchObject({ status: 200, body: { authorization_servers: [issuer.issuer] } });
    expect(own.body.resource).toBe(`${origin}/servers/calc/mcp`);
    const none = await read('/servers/there-is-none/mcp');
    expect({ ...none.body, resource: '' }).toEqual({ ...own.body, resource: '' });
    expect(await read('')).toMatchObject({ status: 200, body: { resource: origin } });
    expect((await read('/status')).status).toBe(404);
    const written = await fetch(`${origin}/.well-known/oauth-protected-resource`, { method: 'POST' });
    expect(written.status).toBe(405);
  });

  it('is told so before a WebSocket and a stream open, too', async () => {
    const world = await gateway(await tokenIssuer());
    const stream = await get(world.url('calc').replace(/mcp$/, 'sse'));
    expect(stream.status).toBe(401);
    expect(stream.headers['www-authenticate']).toMatch(/resource_metadata="[^"]*\/servers\/calc\/sse"/);
    const upgrade = await get(world.url('calc').replace(/mcp$/, 'ws'), {
      ...{ connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    });
    expect(upgrade.status).toBe(401);
    expect(upgrade.headers['www-authenticate']).toMatch(/resource_metadata="[^"]*\/servers\/calc\/ws"/);
  });
});

describe('a token', () => {
  it('opens a session that nobody else finds', async () => {
    const issuer = await tokenIssuer();
    const world = await gateway(issuer);
    const { status, headers } = await tried(world, bearer(issuer.token()));
    expect(status).toBe(200);
    const session = {
      'mcp-session-id': String(headers['mcp-session-id']),
      'mcp-protocol-version': '2025-11-25',
    };
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
    const as = async (sub: string, more: object = {}) => {
      const reply = await post(world.url('calc'), list, {
        ...bearer(issuer.token({ sub, ...more })),
        ...session,
      });
      await reply.ended();
      return reply.status;
    };
    expect(await as('mallory')).toBe(404);
    expect(await as('alice', { jti: 'the next one' })).toBe(200);
  });

  it('may be replayed by a client that has it, until it ends, and only where it was issued for', async () => {
    const issuer = await tokenIssuer();
    const world = await gateway(issuer);
    // The server has started, and the keys are there.
    await tried(world, bearer(issuer.token()));
    const token = issuer.token({ exp: inSeconds(4) });
    expect((await tried(world, bearer(token))).status).toBe(200);
    expect((await tried(world, { 'x-api-key': token })).status).toBe(200);
    await eventually(async () => (await tried(world, bearer(token))).status === 401 || undefined, {
      what: 'the end of the token',
    });
  });

  it('that ends ends the streams that it has opened', async () => {
    const issuer = await tokenIssuer();
    const world = await gateway(issuer);
    await tried(world, bearer(issuer.token()));
    const headers = bearer(issuer.token({ exp: inSeconds(6) }));
    const base = world.url('calc').replace(/mcp$/, '');
    const socket = await SocketPeer.open(`${base}ws`.replace(/^http/, 'ws'), { headers });
    const sse = await get(`${base}sse`, headers);
    const { headers: opened } = await tried(world, headers);
    const session = { 'mcp-session-id': String(opened['mcp-session-id']) };
    const listening = await get(world.url('calc'), { ...headers, ...session });
    expect([sse.status, listening.status]).toEqual([200, 200]);
    await Promise.all([socket.closed, sse.ended(), listening.ended()]);
  });

  it('without the scope that is needed is told which', async () => {
    const issuer = await tokenIssuer();
    const grants = [
      { name: 'scope:mcp.read', on: { kind: 'scope', value: 'mcp.read' }, grant: { servers: ['other'] } },
    ];
    const world = await gateway(issuer, { grants });
    const lacking = await tried(world, bearer(issuer.token()));
    expect(lacking.status).toBe(403);
    expect(lacking.challenge).toMatch(
      /error="insufficient_scope".*scope="mcp.read"|scope="mcp.read".*error="insufficient_scope"/,
    );
    expect(lacking.challenge).toContain('resource_metadata="');
    // What its grant leaves out is as unknown as what there is not.
    expect((await tried(world, bearer(issuer.token({ scope: 'mcp.read' })))).status).toBe(404);
  });

  it('of an issuer that is away is neither good nor bad', async () => {
    const issuer = await tokenIssuer();
    await issuer.stop();
    const world = await gateway(issuer);
    const { status, headers, text, challenge } = await tried(world, bearer(issuer.token()));
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('10');
    expect(challenge).toBe('');
    expect(text).toContain('cannot be reached');
  });

  it('is good after a reload, and not once its issuer is gone from the configuration', async () => {
    const issuer = await tokenIssuer();
    const jwt = [of(issuer)];
    const servers = { calc: 'basic.mjs' };
    const world = await startGateway({ servers, gateway: { jwt } });
    const headers = bearer(issuer.token());
    const socket = await SocketPeer.open(world.url('calc').replace(/^http/, 'ws').replace(/mcp$/, 'ws'), {
      headers,
    });
    await world.apply({ servers, gateway: { jwt: [of(issuer)], responseHeaders: { 'x-new': '1' } } });
    const again = await tried(world, headers);
    expect([again.status, again.headers['x-new'], issuer.reads]).toEqual([200, '1', 1]);
    expect(socket.socket.readyState).toBe(socket.socket.OPEN);
    await world.apply({ servers, gateway: { keys: { me: '0123456789abcdef' } } });
    await socket.closed;
    expect((await tried(world, headers)).status).toBe(401);
  });
});

describe('an attack', () => {
  /** Somewhere a token wants the gateway to look for a key. */
  async function lure() {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(JSON.stringify({ keys: [] }));
    });
    const port = await listen(server);
    onTestFinished(() => void server.closeAllConnections());
    return { asked, url: `http://127.0.0.1:${port}/keys` };
  }

  it('with a token that is expired, early, forged or for others gets 401, and never a word of the token', async () => {
    const issuer = await tokenIssuer([signingKey('one', 'RS256')]);
    const [key] = issuer.keys;
    const world = await gateway(issuer);
    const own = issuer.claims();
    const pem = key!.publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const stranger = signingKey('one', 'RS256');
    const jwk = stranger.publicKey.export({ format: 'jwk' });
    const [head, body, signature] = issuer.token().split('.') as [string, string, string];
    const elsewhere = await lure();
    const attacks: Record<string, string> = {
      expired: issuer.token({ exp: inSeconds(-1) }),
      'not valid yet': issuer.token({ nbf: inSeconds(60) }),
      'of another key with the same id': issuer.token({}, {}, stranger),
      'of another issuer': issuer.token({ iss: 'https://evil.example' }),
      'for another resource': issuer.token({ aud: 'https://other.example/mcp' }),
      'with claims of its own': `${head}.${Buffer.from(JSON.stringify({ ...own, sub: 'root' })).toString('base64url')}.${signature}`,
      'cut off': `${head}.${body}.${signature.slice(0, -8)}`,
      'HS256 by the public key': tokenOf({ alg: 'HS256', kid: 'one', typ: 'JWT' }, own, macOf(pem)),
      'HS256 by the key as JSON': tokenOf(
        { alg: 'HS256', kid: 'one' },
        own,
        macOf(JSON.stringify(issuer.jwks.keys[0])),
      ),
      'alg none': tokenOf({ alg: 'none', kid: 'one' }, own, () => 'x'),
      'alg none, unsigned': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
      'with an empty signature': `${head}.${body}.`,
      'kid in a path': issuer.token({}, { kid: '../../../../dev/null' }),
      'kid as SQL': issuer.token({}, { kid: "x' UNION SELECT 'key" }),
      jku: issuer.token({}, { jku: elsewhere.url }, stranger),
      'jku and a kid of its own': issuer.token({}, { jku: elsewhere.url, kid: 'mine' }, stranger),
      x5u: issuer.token({}, { x5u: elsewhere.url }, stranger),
      jwk: issuer.token({}, { jwk, kid: undefined }, stranger),
      'iss that is an address': issuer.token({ iss: elsewhere.url.replace('/keys', '') }, {}, stranger),
      'exp as a text': issuer.token({ exp: String(inSeconds(60)) }),
      'aud of objects': issuer.token({ aud: [{ a: 'https://mcp.example.com/mcp' }] }),
      'sub twice': tokenOf(
        { alg: 'RS256', kid: 'one' },
        JSON.stringify(own).replace('"sub"', '"sub":"root","sub"'),
        signedBy(key!),
      ),
      'of an unknown kind': issuer.token({}, { typ: 'logout+jwt' }),
      'with crit': issuer.token({}, { crit: ['x'], x: 1 }),
      'with an empty body': `${head}..${signature}`,
      'very long': issuer.token({ x: 'x'.repeat(11_000) }).slice(0, 15_000),
    };
    for (const [name, token] of Object.entries(attacks)) {
      const { status, challenge, text } = await tried(world, bearer(token));
      expect([name, status, challenge.includes('error="invalid_token"')]).toEqual([name, 401, true]);
      expect(text).not.toContain(token.split('.')[1]!.slice(0, 20) || '\0');
      expect(text).not.toMatch(/\bat [^ ]+ \(|node:internal|\.js:\d/);
    }
    expect(elsewhere.asked).toEqual([]);
    expect((await tried(world, bearer(issuer.token()))).status).toBe(200);
  });

  it('with many tokens whose keys are made up asks the issuer once, and others are served meanwhile', async () => {
    const issuer = await tokenIssuer();
    const world = await gateway(issuer);
    const before = issuer.token();
    expect((await tried(world, bearer(before))).status).toBe(200);
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, i) => tried(world, bearer(issuer.token({ jti: i }, { kid: `k${i}` })))),
    );
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([401]));
    expect((await tried(world, bearer(issuer.token({ sub: 'bob' })))).status).toBe(200);
    expect(issuer.reads).toBe(1);
  });

  it('with a Host of its own does not choose what tokens are for', async () => {
    const issuer = await tokenIssuer();
    const world = await startGateway({
      servers: { calc: 'basic.mjs' },
      gateway: {
        jwt: [of(issuer, { audience: [] })],
        publicUrl: 'https://mcp.example.com',
        allowedHosts: ['*'],
      },
    });
    const host = { host: 'evil.example' };
    const stolen = issuer.token({ aud: 'http://evil.example/servers/calc/mcp' });
    expect((await tried(world, { ...bearer(stolen), ...host })).status).toBe(401);
    const ours = issuer.token({ aud: 'https://mcp.example.com/servers/calc/mcp' });
    expect((await tried(world, { ...bearer(ours), ...host })).status).toBe(200);
    const { challenge } = await tried(world, host);
    expect(challenge).toContain('resource_metadata="https://mcp.example.com/.well-known');
  });
});

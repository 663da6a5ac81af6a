import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { JWT } from '../../src/config/jwt-defaults.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { startGateway } from '../helpers/gateway.js';
import { uvx } from '../helpers/gateways.js';
import { INITIALIZE, post } from '../helpers/http-server.js';
import { KEY, oauthWorld } from '../helpers/oauth-world.js';
import { oidcProvider } from '../helpers/oidc-provider.js';
import { signingKey, tokenIssuer } from '../helpers/token-issuer.js';
import { uvCache } from '../helpers/uv.js';

const jwtOf = (issuer: string, audience: string[]) => ({
  ...{ issuer, audience, algorithms: [...JWT.algorithms], clockToleranceMs: 0, scopes: [], network: {} },
});

test('the client of the Python SDK logs in at an outside issuer and calls a tool', {
  timeout: 180_000,
}, async () => {
  const issuer = await oidcProvider(600);
  const port = await freePort();
  const grants = [{ name: 'scope:mcp:tools', on: { kind: 'scope' as const, value: 'mcp:tools' }, grant: {} }];
  const world = await startGateway({
    servers: { calc: 'basic.mjs' },
    gateway: { port, publicUrl: `http://127.0.0.1:${port}`, jwt: [{ ...jwtOf(issuer, []), grants }] },
  });
  const script = join(import.meta.dirname, '../fixtures/remote/mcp_login.py');
  const { stdout } = await promisify(execFile)(
    await uvx(),
    ['--from', 'mcp<2', '--with', 'mcp<2', 'python', script, world.url('calc')],
    { env: { ...process.env, UV_CACHE_DIR: uvCache } },
  );
  expect(stdout.trim()).toBe('xin chào');
});

test("the client of the Python SDK logs in at the gateway's own server with a key, and calls a tool", {
  timeout: 180_000,
}, async () => {
  const { base } = await oauthWorld();
  const script = join(import.meta.dirname, '../fixtures/remote/mcp_login.py');
  const { stdout } = await promisify(execFile)(
    await uvx(),
    ['--from', 'mcp<2', '--with', 'mcp<2', 'python', script, `${base}/servers/basic/mcp`, KEY],
    { env: { ...process.env, UV_CACHE_DIR: uvCache } },
  );
  expect(stdout.trim()).toBe('xin chào');
});

test('a key that is rotated under a flood of made-up ones is known soon, and the issuer is asked once in 10 s', {
  timeout: 60_000,
}, async () => {
  const issuer = await tokenIssuer();
  const world = await startGateway({
    servers: { calc: 'basic.mjs' },
    gateway: { jwt: [jwtOf(issuer.issuer, ['https://mcp.example.com/mcp'])] },
  });
  const status = async (token: string) => {
    const reply = await post(world.url('calc'), INITIALIZE, { authorization: `Bearer ${token}` });
    await reply.ended();
    return reply.status;
  };
  const old = issuer.token();
  expect(await status(old)).toBe(200);
  const startedAt = performance.now();
  issuer.keys = [signingKey('two')];
  let flooded = 0;
  await eventually(
    async () => {
      for (let i = 0; i < 20; i++) {
        const forged = issuer.token({}, { kid: `made-up-${flooded++}` }, signingKey('x'));
        expect(await status(forged)).toBe(401);
      }
      return (await status(issuer.token())) === 200 || undefined;
    },
    { what: 'the new key', timeoutMs: 30_000 },
  );
  const tookS = (performance.now() - startedAt) / 1_000;
  expect(issuer.reads).toBeLessThanOrEqual(2 + Math.floor(tookS / 10));
  expect(await status(old)).toBe(401);
  await issuer.stop();
  // Its last keys are good meanwhile.
  expect(await status(issuer.token({ jti: 'another' }))).toBe(200);
});

import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { OPEN_PAGES, PAGE_PATHS, routeOf } from '../../../src/daemon/gateway/routes.js';
import { OAUTH_PATHS } from '../../../src/daemon/oauth/oauth-paths.js';
import { type GatewayOf, startGateway } from '../../helpers/gateway.js';
import { ask, INITIALIZE } from '../../helpers/http-server.js';
import { tokenIssuer } from '../../helpers/token-issuer.js';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, unknown>; security?: object[] }>>;
  security?: object[];
  components: { securitySchemes: Record<string, { type: string }> };
}

const KEY = '0123456789abcdef0123456789abcdef';
const bearer = { authorization: `Bearer ${KEY}` };

async function documentOf(gateway: GatewayOf['gateway'] = {}) {
  const profiles = { kids: ['calc'] } as const;
  const world = await startGateway({ servers: { calc: 'basic.mjs' }, profiles, gateway });
  const { origin } = new URL(world.url());
  const reply = await ask(`${origin}/openapi.json`, 'GET', bearer);
  await reply.ended();
  expect(reply.status).toBe(200);
  return { origin, text: reply.text, document: JSON.parse(reply.text) as Document };
}

const everything = async (): Promise<GatewayOf['gateway']> => ({
  keys: { me: KEY },
  paths: { http: ['/old'], sse: ['/events'], message: ['/old'], ws: ['/old'], health: ['/healthz'] },
  oauth: {
    ...{ accessTokenMs: 3_600_000, refreshTokenMs: 86_400_000, registration: true },
    ...{ clientDocuments: false, redirectHosts: [] },
  },
  jwt: [
    {
      ...{
        issuer: (await tokenIssuer()).issuer,
        audience: ['x'],
        algorithms: ['ES256'],
        clockToleranceMs: 0,
      },
      ...{ scopes: ['mcp.read'], network: {} },
    },
  ],
});

describe('/openapi.json', () => {
  it.each([
    ['of a gateway for everybody', async () => ({})],
    ['of one with everything', everything],
  ])('%s is valid OpenAPI 3.1, with examples, and names no server', async (_, gateway) => {
    const { document, text } = await documentOf(await gateway());
    const validator = new Validator();
    expect(await validator.validate(text)).toEqual({ valid: true });
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(text).not.toContain('calc');
    expect(text).toContain('"requestId"');
    expect(text).toContain('"example"');
  });

  it('needs a key where keys are asked for, and says how one is sent', async () => {
    const { origin, document } = await documentOf(await everything());
    const without = await ask(`${origin}/openapi.json`, 'GET');
    expect(without.status).toBe(401);
    const { securitySchemes } = document.components;
    expect(Object.entries(securitySchemes).map(([name, { type }]) => `${name} ${type}`)).toEqual([
      ...['bearer http', 'apiKey apiKey', 'oauth oauth2', 'issuer openIdConnect'],
    ]);
    expect(document.security).toEqual([
      { bearer: [] },
      { apiKey: [] },
      { oauth: [] },
      { issuer: ['mcp.read'] },
    ]);
    expect(document.paths['/live']!.get!.security).toEqual([{}]);
    expect(document.paths['/status']!.get!.security).toBeUndefined();
    expect((await documentOf()).document.security).toBeUndefined();
  });

  it('has every path that is answered, and each answers with a status that it names', async () => {
    const { origin, document } = await documentOf(await everything());
    const names: Record<string, string> = { server: 'calc', agent: 'kids', login: 'none', address: 'mcp' };
    for (const [path, methods] of Object.entries(document.paths)) {
      const url = origin + path.replace(/\{(\w+)\}/g, (_, name: string) => names[name]!);
      const accept = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
      for (const method of ['get', 'post', 'delete']) {
        const body = method === 'post' ? JSON.stringify(INITIALIZE) : undefined;
        const reply = await ask(url, method.toUpperCase(), { ...bearer, ...accept }, body);
        reply.drop();
        const known = methods[method];
        if (known)
          expect([path, method, Object.keys(known.responses)]).toEqual([
            path,
            method,
            expect.arrayContaining([String(reply.status)]),
          ]);
        else
          expect([path, method, reply.status]).toEqual([
            path,
            method,
            expect.toSatisfy((status: number) => [400, 404, 405, 426].includes(status)),
          ]);
        if (known) expect([path, method, reply.status]).not.toEqual([path, method, 405]);
      }
    }
  });

  it('misses none of the addresses that the code knows', async () => {
    const { document } = await documentOf(await everything());
    const paths = new Set(Object.keys(document.paths));
    for (const path of PAGE_PATHS.keys()) expect(paths).toContain(path);
    for (const base of ['', '/servers/{server}', '/agents/{agent}'])
      for (const last of ['/mcp', '/sse', '/messages', '/ws']) {
        expect(
          routeOf(base + last, { paths: { http: [], sse: [], message: [], ws: [], health: [] } }),
        ).toBeDefined();
        expect(paths).toContain(base + last);
      }
    for (const path of Object.values(OAUTH_PATHS))
      expect([...paths].some((one) => one.startsWith(path))).toBe(true);
    for (const path of ['/old', '/events', '/healthz', '/servers/{server}', '/servers/{server}/health'])
      expect(paths).toContain(path);
    expect(OPEN_PAGES.size).toBe(4);
  });
});

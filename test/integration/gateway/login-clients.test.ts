import * as next from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, it } from 'vitest';
import { JWT } from '../../../src/config/jwt-defaults.js';
import { freePort } from '../../helpers/free-port.js';
import { startGateway } from '../../helpers/gateway.js';
import { INITIALIZE, post } from '../../helpers/http-server.js';
import { agree, oidcProvider } from '../../helpers/oidc-provider.js';

const REDIRECT = 'http://127.0.0.1:9/callback';

/** What the SDKs ask a program for that logs in: kept in memory, and a person who agrees to everything. */
class Login {
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = {
    ...{ client_name: 'test', redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' },
    ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
  };
  asked: URL | undefined;
  #client: unknown;
  #tokens: { access_token: string; token_type: string } | undefined;
  #verifier = '';

  clientInformation = (): never => this.#client as never;
  saveClientInformation = (client: unknown): void => {
    this.#client = client;
  };
  tokens = () => this.#tokens;
  saveTokens = (tokens: { access_token: string; token_type: string }): void => {
    this.#tokens = tokens;
  };
  redirectToAuthorization = (url: URL): void => {
    this.asked = url;
  };
  saveCodeVerifier = (verifier: string): void => {
    this.#verifier = verifier;
  };
  codeVerifier = () => this.#verifier;

  async code(): Promise<URLSearchParams> {
    return (await agree(this.asked!.href, REDIRECT)).searchParams;
  }
}

async function guarded(scope = 'mcp:tools') {
  const issuer = await oidcProvider(600);
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const world = await startGateway({
    servers: { calc: 'basic.mjs', other: 'basic.mjs' },
    gateway: {
      ...{ port, publicUrl },
      jwt: [
        {
          ...{
            issuer,
            audience: [],
            algorithms: [...JWT.algorithms],
            clockToleranceMs: 0,
            scopes: [],
            network: {},
          },
          grants: [{ name: 'x', on: { kind: 'scope', value: scope }, grant: {} }],
        },
      ],
    },
  });
  return { world, issuer, url: new URL(world.url('calc')) };
}

it('the client of SDK 1 logs in at an outside issuer and calls a tool', async () => {
  const { world, url } = await guarded();
  const login = new Login();
  const first = new StreamableHTTPClientTransport(url, { authProvider: login as never });
  await expect(new Client({ name: 'test', version: '1' }).connect(first as never)).rejects.toThrow(
    /Unauthorized/,
  );
  expect(login.asked!.searchParams.get('resource')).toBe(url.href);
  expect(login.asked!.searchParams.get('scope')).toBe('mcp:tools');
  await first.finishAuth((await login.code()).get('code')!);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(url, { authProvider: login as never }) as never);
  const { tools } = await client.listTools();
  expect(tools.length).toBeGreaterThan(0);
  expect(await client.callTool({ name: tools[0]!.name, arguments: {} })).toHaveProperty('content');
  await client.close();
  // The token is for the address of this server alone.
  const bearer = { authorization: `Bearer ${login.tokens()!.access_token}` };
  expect((await post(world.url('other'), INITIALIZE, bearer)).status).toBe(401);
});

it('the client of SDK 2 logs in at an outside issuer and calls a tool', async () => {
  const { url } = await guarded();
  const login = new Login();
  const open = () => new next.StreamableHTTPClientTransport(url, { authProvider: login as never });
  const first = open();
  await expect(new next.Client({ name: 'test', version: '1' }).connect(first)).rejects.toThrow(/nauthorized/);
  expect(login.asked!.searchParams.get('resource')).toBe(url.href);
  await first.finishAuth(await login.code());
  const client = new next.Client({ name: 'test', version: '1' });
  await client.connect(open());
  const { tools } = await client.listTools();
  expect(await client.callTool({ name: tools[0]!.name, arguments: {} })).toHaveProperty('content');
  await client.close();
});

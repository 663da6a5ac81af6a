import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
  UnauthorizedError as UnauthorizedV2,
} from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { post } from '../../helpers/oauth-client.js';
import { KEY, oauthWorld } from '../../helpers/oauth-world.js';
import { SdkLogin } from '../../helpers/sdk-login.js';

/** The clients that are in use, each with its own way to log in. */
const CLIENTS = {
  'version 1': () => ({
    client: new Client({ name: 'v1', version: '0' }),
    transport: (url: string, authProvider: SdkLogin) =>
      new StreamableHTTPClientTransport(new URL(url), { authProvider }),
    isRefused: (error: unknown) => error instanceof UnauthorizedError,
  }),
  'version 2': () => ({
    client: new ClientV2({ name: 'v2', version: '0' }),
    transport: (url: string, authProvider: SdkLogin) => new HttpV2(new URL(url), { authProvider }),
    isRefused: (error: unknown) => error instanceof UnauthorizedV2,
  }),
};

describe.each(Object.entries(CLIENTS))('the client of the SDK, %s', (_, make) => {
  test('goes from 401 to a tool call, renews its token, and is out when its login ends', async () => {
    const { base } = await oauthWorld({ oauth: { accessTokenMs: 3_600_000 } });
    const url = `${base}/servers/basic/mcp`;
    const login = new SdkLogin(KEY);

    const first = make();
    const asked = first.transport(url, login);
    // The types of the two SDKs differ; what is called is the same.
    await expect((first.client as Client).connect(asked as never)).rejects.toSatisfy(first.isRefused);
    expect(login.logins).toBe(1);
    expect(login.issuers).toEqual([base]);
    // Version 1 takes the code alone, version 2 who has sent it as well.
    await (asked as HttpV2).finishAuth(login.codes[0]!, login.issuers[0]!);
    await asked.close();

    const connect = async () => {
      const { client, transport } = make();
      await (client as Client).connect(transport(url, login) as never);
      onTestFinished(() => client.close());
      return client as Client;
    };
    const client = await connect();
    const { tools } = await client.listTools();
    expect(tools.length).toBeGreaterThan(0);

    // An access token that is over is renewed without a person.
    const before = login.kept.tokens!;
    const { client_id } = login.kept.client as { client_id: string };
    login.kept.tokens = { ...before, access_token: 'over' };
    expect((await (await connect()).listTools()).tools).toEqual(tools);
    expect(login.kept.tokens!.access_token).not.toBe('over');
    expect(login.kept.tokens!.refresh_token).not.toBe(before.refresh_token);
    expect(login.logins).toBe(1);

    // Revoked, a person is asked again.
    const token = login.kept.tokens!.refresh_token!;
    expect((await post(`${base}/revoke`, { token, client_id })).status).toBe(200);
    await expect(connect()).rejects.toSatisfy(first.isRefused);
    expect(login.logins).toBe(2);
  });
});

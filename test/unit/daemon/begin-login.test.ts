import { expect, onTestFinished, test, vi } from 'vitest';
import { beginLogin } from '../../../src/daemon/login/begin-login.js';
import { HttpProxy } from '../../../src/protocol/http-proxy.js';
import type { RemoteServer } from '../../../src/transports/remote/remote-server.js';
import { folder } from '../../helpers/cli.js';
import { ConnectProxy } from '../../helpers/connect-proxy.js';
import { remoteServer } from '../../helpers/remote-server.js';

/** What Home Assistant says of its logins, as it does when it does not know its own address. */
const OF_HOME_ASSISTANT = {
  authorization_endpoint: '/auth/authorize',
  token_endpoint: '/auth/token',
  revocation_endpoint: '/auth/revoke',
  response_types_supported: ['code'],
  service_documentation: 'https://developers.home-assistant.io/docs/auth_api',
};

async function begin(url: string, network: RemoteServer['network'] = {}) {
  vi.stubEnv('MCP_PIPE_RECORDS', await folder());
  onTestFinished(() => void vi.unstubAllEnvs());
  return beginLogin({ name: 'home', kind: 'http', remote: { url, headers: {}, network } });
}

async function home(status: number) {
  const { url } = await remoteServer({
    intercept: (seen, response) => {
      if (seen.path === '/.well-known/oauth-authorization-server') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(OF_HOME_ASSISTANT));
      } else response.writeHead(seen.path.startsWith('/.well-known') ? 404 : status).end();
      return true;
    },
  });
  return new URL(url);
}

test('Home Assistant is known by its metadata, and told to take a token', async () => {
  await expect(begin((await home(401)).href)).rejects.toThrow(/is Home Assistant/);
});

test('so it is, and servers are that need no login, where they are reached by http', async () => {
  const proxy = await ConnectProxy.start({ hosts: { 'home.test': '127.0.0.1' } });
  const network = { proxy: new HttpProxy(proxy.host) };
  const at = async (path: string, status: number) =>
    begin(`http://home.test:${(await home(status)).port}${path}`, network);
  await expect(at('/api/mcp', 401)).rejects.toThrow(/is Home Assistant/);
  await expect(at('/other', 401)).rejects.toThrow(/not encrypted/);
  expect(await at('/other', 200)).toEqual({ unneeded: true });
});

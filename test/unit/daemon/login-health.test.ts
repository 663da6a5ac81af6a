import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { loginFindings } from '../../../src/daemon/login/login-findings.js';
import { loginsHealth } from '../../../src/daemon/login/login-health.js';
import { LoginStore } from '../../../src/transports/remote/auth/login-store.js';
import type { StoredLogin } from '../../../src/transports/remote/auth/stored-login.js';
import { loginFile } from '../../../src/transports/remote/login-file.js';
import { folder } from '../../helpers/cli.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const remote = { url: 'https://x.test/mcp', headers: {}, network: {} };
const login: StoredLogin = {
  ...{ version: 1, server: 'https://x.test/mcp', issuer: 'https://as', tokenEndpoint: 'https://as/token' },
  ...{ client: { id: 'c', authMethod: 'none' }, scopes: [] },
};

async function healthOf(more: Partial<StoredLogin> | undefined, changes: object = {}) {
  const logins = await folder();
  if (more) new LoginStore(loginFile(logins, remote)).write({ ...login, ...more });
  const server = { name: 'notion@kitchen', kind: 'http', remote: { ...remote, ...changes }, options: {} };
  const links = [{ servers: ['notion@kitchen'], settings: { ...defaults, loginWarnMs: 2 * HOUR } }];
  const [health, ...others] = loginsHealth({ servers: [server], links } as never, 'en', NOW, logins);
  expect(others).toEqual([]);
  return health;
}

const tokens = { accessToken: 'a', obtainedAt: NOW - HOUR };

describe('the login of a server', () => {
  test.each([
    ['is renewed by itself', { tokens: { ...tokens, refreshToken: 'r', expiresAt: NOW + 1 } }, 'valid'],
    ['lasts long', { tokens: { ...tokens, expiresAt: NOW + 3 * HOUR } }, 'valid'],
    ['lasts as long as nobody says', { tokens }, 'valid'],
    ['ends soon', { tokens: { ...tokens, expiresAt: NOW + HOUR } }, 'ending'],
    ['has ended', { tokens: { ...tokens, expiresAt: NOW - HOUR } }, 'needed'],
    ['was refused', { tokens, needed: { since: NOW - HOUR, why: 'renewal-refused' } }, 'needed'],
    [
      'is too narrow',
      { tokens, needed: { since: NOW - HOUR, why: 'scope', scopes: ['w'] } },
      'rights-needed',
    ],
  ] as const)('%s', async (_, more, state) => {
    const health = await healthOf(more);
    expect(health).toMatchObject({ server: 'notion@kitchen', state });
    if (state === 'valid') expect(health!.text).toBeUndefined();
    else expect(health!.text).toContain('mcp-pipe login notion');
    if (state === 'needed') expect(health!.neededSince).toBe(NOW - HOUR);
  });

  test('is none where nobody has logged in, or the configuration has a token or a secret', async () => {
    expect(await healthOf(undefined)).toBeUndefined();
    expect(await healthOf({ tokens }, { headers: { authorization: 'Bearer x' } })).toBeUndefined();
    expect(await healthOf({ tokens }, { oauth: false })).toBeUndefined();
  });

  test('is warned of by mcp-pipe check when somebody has to give it again', async () => {
    const logins = await folder();
    vi.stubEnv('MCP_PIPE_RECORDS', logins);
    onTestFinished(() => void vi.unstubAllEnvs());
    const placeOf = () => ({ file: 'f', path: 'mcpServers.notion', line: 3 });
    const servers = [
      { name: 'calc', placeOf },
      { name: 'notion', remote, placeOf },
      { name: 'empty', remote: { ...remote, url: '' }, placeOf },
    ];
    expect(loginFindings(servers)).toEqual([]);
    const needed = { since: NOW, why: 'expired' } as const;
    new LoginStore(loginFile(join(logins, 'logins'), remote)).write({ ...login, tokens, needed });
    expect(loginFindings(servers)).toMatchObject([
      { code: 'CONFIG_LOGIN', severity: 'warning', line: 3, params: { isEnding: false } },
    ]);
  });
});

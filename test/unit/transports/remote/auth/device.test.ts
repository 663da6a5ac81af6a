import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LoginStore } from '../../../../../src/transports/remote/auth/login-store.js';
import { signIn } from '../../../../../src/transports/remote/auth/sign-in.js';
import { httpRequests } from '../../../../../src/transports/remote/http-requests.js';
import { authorizationServer } from '../../../../helpers/authorization-server.js';

async function onDevice(deviceAnswer: Record<string, unknown>) {
  const as = await authorizationServer({ hasDevice: true, deviceAnswer });
  const server = new URL(`${as.issuer}/mcp`);
  const way = await signIn({
    server,
    requests: httpRequests({ url: server.href, headers: {}, network: {} }),
    store: new LoginStore(join(mkdtempSync(join(tmpdir(), 'mcp-pipe-')), 'login.json')),
    options: {},
    challenge: undefined,
  });
  return { as, device: way.onDevice('http://127.0.0.1:1/callback') };
}

describe('a login by a code', () => {
  it.each([1e-6, 1e15])('asks no flood of questions when the wait is %s s', async (interval) => {
    const { as, device } = await onDevice({ interval });
    const stop = AbortSignal.timeout(600);
    await (await device).finish(stop).catch(() => {});
    expect(stop.aborted).toBe(true);
    const asked = as.requests.filter(({ path }) => path === '/token').length;
    expect(asked).toBeLessThan(5);
  });

  it.each(['', 'A\nRun this: x', 'A\u001b[2J', 'A'.repeat(65)])('shows no code %j', async (user_code) => {
    const { device } = await onDevice({ user_code });
    await expect(device).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  });

  it('ends at a time that can be written', async () => {
    const { device } = await onDevice({ expires_in: 1e300 });
    expect(new Date((await device).expiresAt).toISOString()).toMatch(/^2/);
  });

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'https://x/\u001b[2J', 'https://x/ y'])(
    'shows no page %j',
    async (page) => {
      for (const name of ['verification_uri', 'verification_uri_complete']) {
        const { device } = await onDevice({ [name]: page });
        await expect(device).rejects.toMatchObject({ message: expect.stringContaining(name) });
      }
    },
  );
});

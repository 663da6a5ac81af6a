import { expect, test, vi } from 'vitest';
import { startGateway } from '../../helpers/gateway.js';
import { logIn } from '../../helpers/oauth-client.js';

const KEY = 'an-key-5f2b8c1d9e7a';
const oauth = {
  ...{ accessTokenMs: 3_600_000, refreshTokenMs: 30 * 24 * 3_600_000 },
  ...{ registration: true, clientDocuments: false, redirectHosts: [] },
};

test('a client that speaks OAuth only is let in by a person with a key', async () => {
  const spies = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));

  const { gateway } = await startGateway({
    servers: { calc: 'calculator.mjs' },
    gateway: { keys: { an: KEY }, oauth },
    options: { onOAuth: (event) => console.debug(event) },
  });
  const base = gateway.origin!;
  const { tokens, callback, client } = await logIn(base, KEY);
  console.debug(tokens, callback.href, client);
  if (process.env.SEE) expect({ tokens, c: callback.href, client }).toBe(2);
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});

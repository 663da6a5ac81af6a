import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { authorizeUrl, CLAUDE, pkce, registered } from '../helpers/oauth-client.js';
import { KEY, oauthWorld } from '../helpers/oauth-world.js';
import { everythingKept, sideways, smallTargets, violations } from '../helpers/page-audit.js';

const browser = browserOfFile();
const LONG_NAME = 'A client whose name is as long as names may be, and then is cut: Trợ lý gia đình';

/** A login of a program on this computer, which waits for the person at its own port. */
async function login(clientName = 'Claude Code') {
  const { base } = await oauthWorld();
  const back = createServer((_, response) => response.end('<!doctype html><title>back</title>'));
  back.listen(0, '127.0.0.1');
  await once(back, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => back.close(() => resolve())));
  const redirect_uri = `http://127.0.0.1:${(back.address() as AddressInfo).port}/callback`;
  const metadata = { ...CLAUDE, client_name: clientName, redirect_uris: [redirect_uri] };
  const { client_id } = await registered(base, metadata);
  const url = authorizeUrl(base, {
    ...{ response_type: 'code', client_id, redirect_uri, state: 'st', resource: `${base}/mcp` },
    ...{ code_challenge: pkce().challenge, code_challenge_method: 'S256' },
  });
  return { base, url, redirect_uri };
}

const LOOKS = [
  { name: 'English, wide, light', locale: 'en-GB', width: 1280, colorScheme: 'light' },
  { name: 'English, phone, dark', locale: 'en-GB', width: 360, colorScheme: 'dark' },
  { name: 'Vietnamese, wide, dark', locale: 'vi-VN', width: 1280, colorScheme: 'dark' },
  { name: 'Vietnamese, phone, light', locale: 'vi-VN', width: 360, colorScheme: 'light' },
] as const;

describe.each(LOOKS)('$name', ({ name, locale, width, colorScheme }) => {
  const look = { locale, colorScheme, viewport: { width, height: 740 } };

  it.each(['the key', 'a wrong key', 'what it allows', 'an error'])(
    `is accessible, and fits: %s (${name})`,
    async (step) => {
      const { base, url } = await login(LONG_NAME);
      const page = await browser.open(step === 'an error' ? `${base}/consent/none` : url, {
        ...look,
        // The status of the pages that say no.
        expects: [/40[03]/],
      });
      if (step === 'a wrong key' || step === 'what it allows') {
        await page.locator('input[name=key]').fill(step === 'a wrong key' ? 'wrong' : KEY);
        await page.keyboard.press('Enter');
        await page.locator(step === 'a wrong key' ? '#wrong' : 'dl').waitFor();
      }
      expect(await violations(page)).toEqual([]);
      expect(await sideways(page)).toEqual([]);
      expect(await smallTargets(page, 44)).toEqual([]);
      expect(await page.locator('html').getAttribute('lang')).toBe(locale.slice(0, 2));
    },
  );
});

it('a person comes back to the program with a code, by the keyboard alone, and nothing of the key stays', async () => {
  const { url, redirect_uri } = await login();
  const page = await browser.open(url);
  // The field has the focus.
  await page.keyboard.type(KEY);
  await page.keyboard.press('Enter');
  await page.locator('dl').waitFor();
  expect(await everythingKept(page)).not.toContain(KEY);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${redirect_uri}?**`);
  const { searchParams } = new URL(page.url());
  expect(searchParams.get('code')).toMatch(/^[\w-]{43}$/);
  expect(await page.context().cookies()).toEqual([
    // The other one is of the address that was left; both are over in ten minutes.
    expect.objectContaining({ name: 'mcp_pipe_consent', httpOnly: true, sameSite: 'Lax' }),
  ]);
});

it('who does not let the program in comes back with an error', async () => {
  const { url, redirect_uri } = await login();
  const page = await browser.open(url);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.waitForURL(`${redirect_uri}?error=access_denied**`);
});

it('no other page can show it in a frame', async () => {
  const { url } = await login();
  const outer = createServer((_, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html><title>outer</title><iframe src="${url}"></iframe>`),
  );
  outer.listen(0, '127.0.0.1');
  await once(outer, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => outer.close(() => resolve())));
  const page = await browser.open(`http://127.0.0.1:${(outer.address() as AddressInfo).port}/`, {
    expects: [/frame-ancestors|X-Frame-Options|ERR_BLOCKED_BY_RESPONSE/i],
  });
  await page.waitForTimeout(0);
  const texts = await Promise.all(
    page
      .frames()
      .slice(1)
      .map((frame) => frame.content().catch(() => '')),
  );
  for (const text of texts) expect(text).not.toContain('name="key"');
});

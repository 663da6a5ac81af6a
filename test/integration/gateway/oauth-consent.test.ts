import { expect, test } from 'vitest';
import { Browser, CLAUDE, logIn, pkce, registered, tokenIn } from '../../helpers/oauth-client.js';
import { initialize, KEY, oauthWorld } from '../../helpers/oauth-world.js';

const REDIRECT = CLAUDE.redirect_uris[0]!;

async function opened(base: string, metadata: object = CLAUDE, browser = new Browser()) {
  const { client_id } = await registered(base, metadata);
  const { challenge } = pkce();
  const redirect_uri = (metadata as typeof CLAUDE).redirect_uris[0]!;
  const page = await browser.open(base, {
    ...{ response_type: 'code', client_id, redirect_uri, state: 'st', resource: `${base}/mcp` },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  });
  const response = await browser.go(page);
  const html = await response.text();
  return { browser, page, response, html, token: tokenIn(html) };
}

test('the page is in no frame, has no script, and nothing from elsewhere; its cookies are of use for it only', async () => {
  const { base } = await oauthWorld();
  const { response, html, browser } = await opened(base);
  const policy = response.headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("form-action 'self' https://claude.ai;");
  expect(response.headers.get('x-frame-options')).toBe('DENY');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(html).not.toMatch(/<script|<img|<link|src=|href=|onclick|url\(/i);
  expect([...browser.cookies.keys()].sort()).toEqual(['mcp_pipe_consent', 'mcp_pipe_resume']);
  for (const { text, path } of browser.cookies.values()) {
    expect(text).toMatch(/; ?samesite=lax/i);
    expect(text).toMatch(/; ?httponly/i);
    expect(path).toMatch(/^\/(consent|authorize)\/[\w-]{43}$/);
  }
  // Behind TLS they are for TLS only.
  const secured = await oauthWorld({ gateway: { publicUrl: 'https://127.0.0.1' } });
  const { client_id } = await registered(secured.base);
  const answer = await fetch(
    `${secured.base}/authorize?${new URLSearchParams({
      ...{ response_type: 'code', client_id, redirect_uri: REDIRECT },
      ...{ code_challenge: pkce().challenge, code_challenge_method: 'S256' },
    })}`,
    { redirect: 'manual' },
  );
  for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/; ?secure/i);
});

test('what a client calls itself is text, and cannot turn what follows', async () => {
  const { base } = await oauthWorld();
  const hostile = `"><script>alert(1)</script>\u202egnp.exe\u0000\n<img src=x onerror=alert(2)>${'W'.repeat(500)}`;
  const { html } = await opened(base, { ...CLAUDE, client_name: hostile });
  expect(html).not.toMatch(/<script|<img/i);
  expect(html).not.toMatch(/\u202e|\u0000/);
  expect(html).toContain('&#34;&#62;&#60;script&#62;');
  expect(html).not.toContain('W'.repeat(90));
  // What counts is shown as well.
  expect(html).toContain('claude.ai');
});

test.each([
  ['en', 'en-GB,en;q=0.9', 'API key', 'Let “Claude” in?'],
  ['vi', 'vi-VN,vi;q=0.9,en;q=0.8', 'Khóa API', 'Cho phép “Claude”?'],
  ['en', 'fr', 'API key', 'Let “Claude” in?'],
])('it is in %s for %s', async (lang, accepted, label, title) => {
  const { base } = await oauthWorld();
  const { browser, page } = await opened(base);
  const html = await (await browser.go(page, { headers: { 'accept-language': accepted } })).text();
  expect(html).toContain(`<html lang="${lang}">`);
  expect(html).toContain(label);
  expect(html).toContain(title);
});

test('an answer counts only from the page, in the browser that has it', async () => {
  const { base, events } = await oauthWorld();
  const mine = await opened(base);
  const other = await opened(base);
  const fields = { key: KEY, action: 'key' };
  const attempts = [
    // No token, another login's, and a form of another site with all that it could know.
    mine.browser.submit(mine.page, fields),
    mine.browser.submit(mine.page, { ...fields, token: other.token }),
    mine.browser.submit(
      mine.page,
      { ...fields, token: mine.token },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    ),
    mine.browser.submit(mine.page, { ...fields, token: mine.token }, { 'sec-fetch-site': 'same-site' }),
    // Another browser, which has seen the address.
    new Browser().submit(mine.page, { ...fields, token: mine.token }),
    other.browser.submit(mine.page, { ...fields, token: mine.token }),
    // Agreed to without a key.
    mine.browser.submit(mine.page, { token: mine.token, action: 'allow' }),
  ];
  const statuses = (await Promise.all(attempts)).map(({ status }) => status);
  expect(statuses).toEqual([400, 400, 403, 400, 400, 400, 403]);
  expect(events.filter(({ type }) => type !== 'registered')).toEqual([]);
  // The page itself is as it was.
  expect((await mine.browser.submit(mine.page, { ...fields, token: mine.token })).status).toBe(200);
});

test('a page is good once, and a browser is asked each time', async () => {
  const { base } = await oauthWorld();
  const { browser, page, token } = await opened(base);
  await browser.consent(page, KEY);
  const again = await browser.submit(page, { token, key: KEY, action: 'key' });
  expect(again.status).toBe(400);
  const second = await opened(base, CLAUDE, browser);
  expect(second.html).toContain('name="key"');
});

test('who does not let the client in sends it an error', async () => {
  const { base, events } = await oauthWorld();
  const { browser, page, token } = await opened(base);
  const answer = await browser.submit(page, { token, action: 'cancel' });
  const { origin, searchParams } = await browser.follow(answer, page);
  expect(origin).toBe('https://claude.ai');
  expect(Object.fromEntries(searchParams)).toMatchObject({ error: 'access_denied', state: 'st', iss: base });
  expect(events.filter(({ type }) => type === 'let-in')).toEqual([]);
});

test('a key shows what it allows before anything is granted, and can be changed', async () => {
  const { base, events } = await oauthWorld();
  const { browser, page, token } = await opened(base);
  const shown = await (await browser.submit(page, { token, key: ` ${KEY}\n`, action: 'key' })).text();
  expect(shown).toContain('The key “an” allows:');
  expect(shown).toContain('<dt>Tools</dt><dd>all</dd>');
  // It is not in the page that follows.
  expect(shown).not.toContain(KEY);
  const other = await (await browser.submit(page, { token, action: 'other' })).text();
  expect(other).toContain('name="key"');
  expect(events.filter(({ type }) => type === 'let-in')).toEqual([]);
});

test('who tries keys waits longer each time, and others are not let through meanwhile', async () => {
  const { base, events } = await oauthWorld();
  const { tokens } = await logIn(base, KEY);
  const { browser, page, token } = await opened(base);
  const startedAt = performance.now();
  const answered: { status: number; afterMs: number }[] = [];
  const tries = await Promise.all(
    Array.from({ length: 12 }, async (_, i) => {
      const answer = await browser.submit(page, { token, key: `guess-${i}`, action: 'key' });
      answered.push({ status: answer.status, afterMs: performance.now() - startedAt });
      return answer;
    }),
  );
  const refused = answered.filter(({ status }) => status === 429);
  const looked = answered.filter(({ status }) => status === 403);
  expect(refused.length + looked.length).toBe(12);
  // Each answer waits twice as long as the one before, and frees its place. How late the last try came, on a busy machine:
  const waitOf = (nth: number) => 250 * 2 ** nth;
  const lateMs = Math.max(
    ...refused.map(({ afterMs }) => afterMs),
    ...looked.map(({ afterMs }, i) => afterMs - Math.min(waitOf(i), 4_000)),
  );
  const freed = [0, 1, 2, 3].filter((nth) => waitOf(nth) < lateMs).length;
  expect(looked.length).toBeLessThanOrEqual(4 + freed);
  // A wrong key is not repeated to whoever looks at the log or the page.
  expect(JSON.stringify(events)).not.toContain('guess-');
  expect(await Promise.all(tries.map((one) => one.text()))).not.toContainEqual(
    expect.stringContaining('guess-'),
  );
  // A client that was let in goes on.
  expect(await initialize(`${base}/mcp`, tokens.access_token)).toBe(200);
});

test('a page of a name that is not served here is refused', async () => {
  const { base } = await oauthWorld();
  const { page } = await opened(base);
  const { port, pathname } = new URL(page);
  const { request } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    const sent = request({ port, path: pathname, headers: { host: `evil.example:${port}` } }, (response) => {
      response.on('error', reject).resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
  expect(status).toBe(403);
});

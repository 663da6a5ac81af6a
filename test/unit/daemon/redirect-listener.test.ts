import { expect, it, onTestFinished } from 'vitest';
import { listenForRedirect } from '../../../src/daemon/login/redirect-listener.js';

const PAGES = { done: 'done', refused: 'refused', other: 'other' };

it.each([
  ['code=c', 'done'],
  ['error=access_denied', 'refused'],
])('the page that the browser shows after %s says so', async (query, page) => {
  const listener = await listenForRedirect([0], PAGES);
  onTestFinished(() => listener.close());
  const received = listener.received('s');
  expect(await (await fetch(`${listener.uri}?state=x&${query}`)).text()).toBe('other');
  expect(await (await fetch(`${listener.uri}?state=s&${query}`)).text()).toBe(page);
  expect((await received).toString()).toContain(query);
});

it('the redirect with the state is taken once and whole', async () => {
  const listener = await listenForRedirect([0], PAGES);
  onTestFinished(() => listener.close());
  const received = listener.received('s');
  const statusOf = async (query: string, method = 'GET') =>
    (await fetch(`${listener.uri}${query}`, { method })).status;
  expect(await statusOf('?code=c')).toBe(404);
  expect(await statusOf('?code=c&state=s', 'POST')).toBe(404);
  expect(await statusOf('?code=a?b&state=s')).toBe(200);
  expect((await received).get('code')).toBe('a?b');
  expect(await statusOf('?code=a?b&state=s')).toBe(404);
});

import { expect, it, onTestFinished } from 'vitest';
import { listenForRedirect } from '../../../src/daemon/login/redirect-listener.js';

it.each([
  ['code=c', 'done'],
  ['error=access_denied', 'refused'],
])('the page that the browser shows after %s says so', async (query, page) => {
  const listener = await listenForRedirect([0], { done: 'done', refused: 'refused', other: 'other' });
  onTestFinished(() => listener.close());
  const received = listener.received('s');
  expect(await (await fetch(`${listener.uri}?state=x&${query}`)).text()).toBe('other');
  expect(await (await fetch(`${listener.uri}?state=s&${query}`)).text()).toBe(page);
  expect((await received).toString()).toContain(query);
});

import { expect, it, onTestFinished } from 'vitest';
import { HttpProxy } from '../../src/protocol/http-proxy.js';
import { ConnectProxy } from '../helpers/connect-proxy.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';

async function start() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

it('works through a proxy, and again through it when the connection breaks', async () => {
  const fake = await start();
  const proxy = await ConnectProxy.start({ login: 'name:word' });
  const through = new HttpProxy(`http://name:word@${proxy.host}`);
  startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], proxy: through }]);
  const first = await fake.connection(0);
  await first.greet();
  expect(await first.tool(1, 'echo', { text: 'through' })).toBe('through');
  first.drop();
  const second = await fake.connection(1);
  await second.greet();
  expect(await second.tool(2, 'echo', { text: 'again' })).toBe('again');
  const { host } = new URL(fake.endpoint().href);
  expect(proxy.asked).toEqual([host, host]);
});

it('says what the proxy refuses, dials again, and works once it is allowed', async () => {
  const fake = await start();
  const proxy = await ConnectProxy.start({ answer: 502 });
  const through = new HttpProxy(`http://${proxy.host}`);
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], proxy: through }]);
  const { diagnosis } = await test.status('down');
  expect(diagnosis).toMatchObject({ cause: 'proxy-cannot-reach', code: 502, proxy: { host: proxy.host } });
  delete proxy.options.answer;
  const connection = await fake.connection(0);
  await connection.greet();
  await eventually(() => test.all('client-initialized').length === 1);
});

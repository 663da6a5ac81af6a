import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { Networks, readNetwork } from '../../../../src/config/networks.js';
import { clientOf } from '../../../../src/daemon/http/client-address.js';

const TRUSTED = new Networks(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);
const view = (remoteAddress: string, headers: Record<string, string>, trusted = TRUSTED) =>
  clientOf(
    { headers: { host: 'h:1', ...headers }, socket: { remoteAddress } } as unknown as IncomingMessage,
    trusted,
  );
const address = (remoteAddress: string, headers: Record<string, string>) =>
  view(remoteAddress, headers).address;

test.each([
  [
    'a client that is no proxy, whatever it says',
    '192.0.2.1',
    { 'x-forwarded-for': '198.51.100.7' },
    '192.0.2.1',
  ],
  ['a proxy without a word', '10.0.0.1', {}, '10.0.0.1'],
  ['the client of a proxy', '10.0.0.1', { 'x-forwarded-for': '198.51.100.7' }, '198.51.100.7'],
  ['over a socket of IPv6', '::ffff:10.0.0.1', { 'x-forwarded-for': '198.51.100.7' }, '198.51.100.7'],
  [
    'what the client wrote in front of it',
    '10.0.0.1',
    { 'x-forwarded-for': '127.0.0.1, 1.1.1.1, 198.51.100.7' },
    '198.51.100.7',
  ],
  [
    'several proxies',
    '10.0.0.1',
    { 'x-forwarded-for': '1.1.1.1, 198.51.100.7, 10.1.2.3, fd00::5' },
    '198.51.100.7',
  ],
  ['proxies alone', '10.0.0.1', { 'x-forwarded-for': '10.0.0.9, 10.0.0.8' }, '10.0.0.9'],
  ['with a port', '10.0.0.1', { 'x-forwarded-for': '198.51.100.7:4711' }, '198.51.100.7'],
  ['IPv6 with a port', '10.0.0.1', { 'x-forwarded-for': '[2001:db8::1]:4711' }, '2001:db8::1'],
  ['what is no address', '10.0.0.1', { 'x-forwarded-for': '198.51.100.7, unknown' }, '10.0.0.1'],
  ['what is hidden', '10.0.0.1', { forwarded: 'for=_hidden' }, '10.0.0.1'],
  ['Forwarded', '10.0.0.1', { forwarded: 'for=1.1.1.1, for="[2001:db8::1]:80";proto=https' }, '2001:db8::1'],
  [
    'two headers that differ: one is of the client',
    '10.0.0.1',
    { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=1.1.1.1' },
    '10.0.0.1',
  ],
  [
    'two headers that agree',
    '10.0.0.1',
    { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' },
    '198.51.100.7',
  ],
  ['X-Real-IP', '10.0.0.1', { 'x-real-ip': '1.1.1.1' }, '10.0.0.1'],
])('the address of %s', (_, peer, headers, expected) => {
  expect(address(peer, headers as Record<string, string>)).toBe(expected);
});

test('scheme and host are believed of proxies alone', () => {
  const said = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'mcp.example.com' };
  expect(view('192.0.2.1', said)).toMatchObject({ isSecure: false, host: 'h:1' });
  expect(view('10.0.0.1', said)).toMatchObject({ isSecure: true, host: 'mcp.example.com' });
  expect(view('10.0.0.1', { forwarded: 'for=1.1.1.1;proto=https;host="a.example"' })).toMatchObject({
    ...{ isSecure: true, host: 'a.example' },
  });
  expect(view('10.0.0.1', said, new Networks([]))).toMatchObject({ isSecure: false, host: 'h:1' });
});

test.each(['', 'proxy', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/-1'])(
  '%s is no network',
  (text) => {
    expect(readNetwork(text)).toBeUndefined();
  },
);

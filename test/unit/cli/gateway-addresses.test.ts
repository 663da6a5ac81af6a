import { expect, test } from 'vitest';
import { dialled, originOf } from '../../../src/cli/gateway-addresses.js';
import { announceGateway } from '../../../src/cli/serve/announce.js';

const tls = { cert: '/c.pem', key: '/k.pem' };

test.each([
  [{ host: '127.0.0.1', port: 8080, tls: undefined }, 'http://127.0.0.1:8080'],
  [{ host: '::', port: 0, tls: undefined }, 'http://[::]:PORT'],
  [{ host: '0.0.0.0', port: 443, tls }, 'https://0.0.0.0:443'],
])('%j is at %s', (plan, origin) => {
  expect(originOf(plan)).toBe(origin);
});

test.each([
  ['http://0.0.0.0:8080', 'http://localhost:8080'],
  ['https://[::]:8443', 'https://localhost:8443'],
  ['https://192.168.1.7:8443', 'https://192.168.1.7:8443'],
])('%s is dialled as %s', (origin, address) => {
  expect(dialled(origin)).toBe(address);
});

test.each([
  ['with TLS', 'https://0.0.0.0:8443', undefined, 'mcp-pipe https://localhost:8443/mcp '],
  [
    'with a public address',
    'http://0.0.0.0:8080',
    'https://mcp.example.com',
    'mcp-pipe https://mcp.example.com/mcp ',
  ],
])('what is pasted into clients %s is the address that they reach', (_, origin, publicUrl, command) => {
  let printed = '';
  const paths = { http: [], sse: [], message: [], ws: [], health: [] };
  announceGateway(
    {
      gateway: { origin, addresses: [], storedKeys: undefined },
      plan: { host: '0.0.0.0', keys: {}, paths, ...(publicUrl === undefined ? {} : { publicUrl }) },
    },
    { logger: undefined as never, print: (text) => (printed += text) },
    'en',
    true,
  );
  expect(`${printed} `).toContain(`${command.trimEnd()}`);
  expect(printed.includes('http://')).toBe(origin.startsWith('http:'));
  if (publicUrl !== undefined) expect(printed).toContain(`From other machines: ${publicUrl}/mcp`);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tlsFindings } from '../../../../src/daemon/http/tls-findings.js';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/tls');
const pair = (name: string) => ({
  cert: join(FIXTURES, `${name}-cert.pem`),
  key: join(FIXTURES, `${name}-key.pem`),
});
const place = { file: '/mcp_config.json', path: 'gateway.tls', line: 3 };
/** The certificate of `localhost` is good from 2026-11-21 to 2126-10-28. */
const NOW = Date.parse('2027-01-01');

const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-tls-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function found(more: Partial<Parameters<typeof tlsFindings>[0]> = {}, now = NOW) {
  const plan = { tls: pair('localhost'), publicUrl: undefined, trustProxy: [], ...more };
  return (await tlsFindings(plan, place, now)).map(({ severity, id }) => `${severity} ${id}`);
}

test('files that belong together and are good now are no finding', async () => {
  expect(await found()).toEqual([]);
  expect(await found({ tls: undefined })).toEqual([]);
  expect(await found({ publicUrl: 'https://localhost:8443/mcp' })).toEqual([]);
});

test.each([
  ['before its time', '2026-11-20', ['warning gateway-tls-early']],
  ['after its time', '2126-10-29', ['warning gateway-tls-ended']],
  ['two weeks before its end', '2126-10-20', ['warning gateway-tls-ends']],
  ['a month before its end', '2126-09-28', []],
])('%s it is told', async (_, now, expected) => {
  expect(await found({}, Date.parse(now))).toEqual(expected);
});

test('a name that it has not is told, unless a proxy shows another certificate to clients', async () => {
  const publicUrl = 'https://mcp.example.com';
  expect(await found({ publicUrl })).toEqual(['warning gateway-tls-name']);
  expect(await found({ publicUrl: 'https://[::1]:8443' })).toEqual(['warning gateway-tls-name']);
  expect(await found({ publicUrl, trustProxy: ['10.0.0.0/8'] })).toEqual([]);
});

test('files with which the gateway would not open are errors, and name what is wrong', async () => {
  const garbage = join(folder, 'garbage.pem');
  await writeFile(garbage, 'no certificate');
  const { cert, key } = pair('localhost');
  for (const [tls, words] of [
    [
      { cert: join(folder, 'gone.pem'), key },
      { file: join(folder, 'gone.pem'), reason: 'ENOENT' },
    ],
    [{ cert, key: folder }, { reason: expect.stringContaining('EISDIR') }],
    [
      { cert, key: pair('client').key },
      { file: '', reason: expect.stringMatching(/mismatch/) },
    ],
    [
      { cert: garbage, key },
      { file: '', reason: expect.stringMatching(/PEM|no start line/i) },
    ],
    [{ cert, key: garbage }, { file: '' }],
  ] as const) {
    const all = await tlsFindings({ tls, publicUrl: undefined, trustProxy: [] }, place, NOW);
    expect(all).toMatchObject([{ severity: 'error', ...place, code: 'CONFIG_GATEWAY_TLS', params: words }]);
  }
});

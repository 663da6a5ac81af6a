import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Environment } from '../../../../src/config/environment.js';
import { reference } from '../../../../src/config/move-secrets.js';
import { bundleRedactor, bundleSecrets } from '../../../../src/daemon/doctor/bundle-secrets.js';
import { hideAddresses, hideConfig } from '../../../../src/daemon/doctor/hide-config.js';
import { tarGz } from '../../../../src/daemon/doctor/tar.js';
import { spellings, untar } from '../../../helpers/untar.js';

const same = (text: string) => text;

describe('an archive', () => {
  const files = [
    { name: 'a.txt', text: 'một dòng\n' },
    { name: 'blackbox/b.json', text: 'x'.repeat(1_024) },
    { name: 'empty', text: '' },
  ];

  test('holds what was put into it', () => {
    expect([...untar(tarGz(files, 0))]).toEqual(files.map(({ name, text }) => [name, text]));
  });

  test('can be read by tar', ({ skip }) => {
    try {
      execFileSync('tar', ['--version']);
    } catch {
      skip('there is no tar');
    }
    const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-tar-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'x.tgz'), tarGz(files, Date.UTC(2026, 0, 1)));
    expect(execFileSync('tar', ['-xOzf', 'x.tgz', 'a.txt'], { cwd: folder, encoding: 'utf8' })).toBe(
      'một dòng\n',
    );
    expect(execFileSync('tar', ['-tvzf', 'x.tgz'], { cwd: folder, encoding: 'utf8' })).toMatch(
      /-rw------- .* 1024 .* blackbox\/b\.json/,
    );
  });
});

describe('a configuration in an archive', () => {
  test('keeps its structure, and hides what may be secret', () => {
    const config = {
      mcpServers: {
        a: {
          command: 'npx',
          args: [
            '-y',
            'pkg',
            '--api-key',
            'k1',
            '--token=k2',
            `https://u:p@h.example/x?key=k3&q=${reference('Q')}`,
            '--port',
            80,
          ],
          env: {
            ANY: 'v',
            PORT: 8080,
            EMPTY: '',
            ON: 'true',
            REF: reference('REF'),
            MIXED: `${reference('A')}k4`,
            PAIR: `${reference('A')}:${reference('B')}`,
          },
          headers: { Authorization: 'Bearer k5' },
          disabled: false,
        },
      },
      endpoint: 'wss://api.example/mcp/?token=eyJ0b2tlbiI6MX0',
      settings: { dialTimeoutMs: 5_000, apiKey: 'k6' },
    };
    expect(hideConfig(config, same)).toEqual({
      mcpServers: {
        a: {
          command: 'npx',
          args: [
            '-y',
            'pkg',
            '--api-key',
            '[hidden]',
            '--token=[hidden]',
            `https://[hidden]@h.example/x?key=[hidden]&q=${reference('Q')}`,
            '--port',
            80,
          ],
          env: {
            ANY: '[hidden]',
            PORT: '[hidden]',
            EMPTY: '',
            ON: 'true',
            REF: reference('REF'),
            MIXED: '[hidden]',
            PAIR: `${reference('A')}:${reference('B')}`,
          },
          headers: { Authorization: '[hidden]' },
          disabled: false,
        },
      },
      endpoint: 'wss://api.example/mcp/?token=[hidden]',
      settings: { dialTimeoutMs: 5_000, apiKey: '[hidden]' },
    });
  });

  test.each([
    ['see wss://h/p?token=abc, then', 'see wss://h/p?token=[hidden] then'],
    ['postgres://user:pw@db:5432/name', 'postgres://[hidden]@db:5432/name'],
    ['https://h/v1/sk1a2b3c4d5e6f7g8h9i/x', /^https:\/\/h\/v1\/#[0-9a-f]{8}\/x$/],
    ['https://h/?flag', 'https://h/?[hidden]'],
    ['no address: x://', 'no address: x://'],
  ])('shows of %s the place', (text, shown) => {
    expect(hideAddresses(text)).toEqual(typeof shown === 'string' ? shown : expect.stringMatching(shown));
  });
});

describe('the redaction of an archive', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-secrets-'));
  writeFileSync(join(folder, 'key.txt'), 'file-secret/+value 9\n');
  const environment = new Environment(
    {
      PATH: '/usr/bin',
      HTTPS_PROXY: 'http://me:proxy-pass-1@p:1',
      MCP_ENDPOINT_A: 'wss://h/mcp/?token=from-environment-5',
      MY_KEY_FILE: 'key.txt',
    },
    folder,
  );
  const raw = {
    mcpServers: {
      memory: {
        command: 'x',
        args: ['--api-key', 'arg-secret-12', '--password=arg-secret-34'],
        env: {
          FOO: 'plain-name-secret',
          LOG_LEVEL: 'debug',
          NAME: 'memory',
          API_TOKEN: 'tok+en/with=marks',
          KHÓA: 'khóa-bí-mật',
        },
        headers: {
          Authorization: `Basic ${Buffer.from('user:basic-pass-7').toString('base64')}`,
          'X-Api': 'Bearer bearer-secret-8',
        },
        url: 'https://lo:url-pass-55@h/s/q1w2e3r4t5y6u7i8o9?key=query%2Bsecret',
      },
    },
  };
  const alerts = {
    telegram: { botToken: '123456789:AAE-telegram-bot-token', chatId: 987_654_321 },
    slack: { url: 'https://hooks.slack.com/services/T0001/B0002/QwErTyUiOpAsDfGhJkLzXcVb' },
    webhook: { url: 'https://h/x', secret: 'whsec-alert-secret' },
  };
  const envFile = { MCP_ENDPOINT: 'wss://h/mcp/?token=endpoint-token-99', OTHER: 'dotenv-secret-x' };
  const secrets = [
    ...[
      'arg-secret-12',
      'arg-secret-34',
      'plain-name-secret',
      'tok+en/with=marks',
      'khóa-bí-mật',
      'basic-pass-7',
    ],
    ...[
      'bearer-secret-8',
      'url-pass-55',
      'q1w2e3r4t5y6u7i8o9',
      'query+secret',
      'endpoint-token-99',
      'dotenv-secret-x',
    ],
    ...['file-secret/+value 9', 'proxy-pass-1', 'known-before-1', 'from-environment-5'],
    ...['123456789:AAE-telegram-bot-token', 'QwErTyUiOpAsDfGhJkLzXcVb', 'whsec-alert-secret'],
  ];
  const config = { environment, servers: [], folder } as never;
  const redact = bundleRedactor(bundleSecrets(config, { ...raw, alerts }, envFile, ['known-before-1']), [
    'memory',
  ]);
  rmSync(folder, { recursive: true });

  test.each(secrets)('takes out %s in every spelling', (secret) => {
    for (const { text, reveals } of spellings(secret)) {
      for (const around of [`x ${text} y`, `"${text}"`]) expect(redact(around)).not.toContain(reveals);
    }
  });

  test.each(['the server memory', 'at level debug', '/usr/bin/node', 'npx -y pkg', 'process 4711 at 12:30'])(
    'leaves %s',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});

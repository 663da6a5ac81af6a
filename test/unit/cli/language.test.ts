import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/cli/explain.js';
import { languageOf } from '../../../src/cli/language.js';
import { loadConfig } from '../../../src/config/load.js';
import { formatFinding } from '../../../src/messages/format-finding.js';

describe('the language', () => {
  test.each([
    [undefined, {}, 'en'],
    [undefined, { LANG: 'vi_VN.UTF-8' }, 'vi'],
    [undefined, { LANG: 'vi' }, 'vi'],
    [undefined, { LANG: 'vi.UTF-8' }, 'vi'],
    [undefined, { LANG: 'vic' }, 'en'],
    [undefined, { LC_ALL: '', LC_MESSAGES: 'vi_VN', LANG: 'de_DE' }, 'vi'],
    [undefined, { LC_ALL: 'C', LC_MESSAGES: 'vi_VN', LANG: 'vi_VN' }, 'en'],
    ['vi', { LC_ALL: 'C' }, 'vi'],
    ['en', { LC_ALL: 'vi_VN.UTF-8' }, 'en'],
  ] as const)('of --lang %s with %o is %s', (option, env, lang) => {
    expect(languageOf(option, env)).toBe(lang);
  });
});

describe('a configuration that cannot be used', () => {
  const failure = async () => {
    const load = loadConfig({ cwd: '/nowhere', file: 'c.json', env: {} });
    return load.then(
      () => undefined,
      (error: unknown) => error,
    );
  };

  test('is explained in Vietnamese, with the code that programs know', async () => {
    expect(explain(await failure(), { lang: 'vi' }).lines).toEqual([
      'Không đọc được cấu hình',
      '/nowhere/c.json: cần file mà --config chỉ tới; hiện tại: không có file nào như vậy. Hãy tạo file đó, hoặc sửa lại --config. [CONFIG_FILE_NOT_FOUND]',
    ]);
  });

  test('is explained in English unless another language is asked for', async () => {
    expect(explain(await failure()).lines).toEqual([
      'The configuration cannot be read',
      '/nowhere/c.json: expected the file that --config names, got no such file. Create it, or correct --config. [CONFIG_FILE_NOT_FOUND]',
    ]);
  });

  test('without a place begins with what was expected', () => {
    const place = { file: '', path: '', line: undefined };
    const finding = { severity: 'error', code: 'X', ...place, id: 'no-servers', params: {} } as const;
    expect(formatFinding(finding, 'en')).toMatch(/^expected at least one enabled server, got none\. /);
  });
});

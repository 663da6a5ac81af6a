// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test
import { sep } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Environment } from '../../../src/config/environment.js';
import { interpolate } from '../../../src/config/interpolate.js';
import { folderWith, removeFolders, worded } from './workspace.js';

const place = { file: '/c.json', path: 'p', line: 3 };
const fill = (text: string, env: Record<string, string> = {}, folder = '/') => {
  const filled = interpolate(text, place, new Environment(env, folder, 'linux'));
  return { ...filled, findings: worded(filled.findings) };
};

afterEach(removeFolders);

describe('variables in a text', () => {
  test.each([
    ['${A}', 'x'],
    ['a${A}b${A}c', 'axbxc'],
    ['${env:A}', 'x'],
    ['${B:-d}', 'd'],
    ['${B:-}', ''],
    ['${B:-a:-b}', 'a:-b'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY}', ''],
    ['$A $$ $', '$A $$ $'],
    ['$${A}', '${A}'],
    ['$${A} ${A}', '${A} x'],
    ['${DOLLAR}', '$& ${A}'],
  ])('%s becomes %j', (text, expected) => {
    const { text: filled, findings } = fill(text, { A: 'x', EMPTY: '', DOLLAR: '$& ${A}' });
    expect(findings).toEqual([]);
    expect(filled).toBe(expected);
  });

  test('are all reported when missing, each with its place and what to write', () => {
    const { findings } = fill('${ONE} ${TWO}');
    expect(findings.map(({ expected }) => expected)).toEqual(['the variable ONE', 'the variable TWO']);
    expect(findings[0]).toMatchObject({ code: 'CONFIG_MISSING_VARIABLE', severity: 'error', ...place });
    expect(findings[0]!.next).toContain('ONE=');
  });

  test.each(['${A', '${}', '${a b}', '${x%y}', '${command:token}', '${A:-${B}}', '${1A}'])(
    '%s is refused, naming the escape or the variable to write',
    (text) => {
      const { findings } = fill(text, { A: 'x', B: 'y' });
      expect(findings[0]).toMatchObject({ code: 'CONFIG_VARIABLE', severity: 'error' });
      expect(findings[0]!.next).toMatch(/\$\$\{|NAME/);
    },
  );

  test('of editors name the workspace, the home folder and the separator of paths', () => {
    const text = '${workspaceFolder} ${workspaceFolderBasename} ${userHome} ${pathSeparator} ${/}';
    const at = (file: string) =>
      interpolate(text, { ...place, file }, new Environment({ HOME: '/home/me' }, '/')).text;
    expect(at('/work/app/.vscode/mcp.json')).toBe(`/work/app app /home/me ${sep} ${sep}`);
    expect(at('/work/app/.cursor/mcp.json')).toBe(`/work/app app /home/me ${sep} ${sep}`);
    expect(at('/work/app/mcp_config.json')).toBe(`/work/app app /home/me ${sep} ${sep}`);
  });

  test('that an editor would ask for are read from INPUT_<ID> and count as secrets', () => {
    const { text, secrets, findings } = fill('[${input:api-key}]', { INPUT_API_KEY: 'shh' });
    expect({ text, secrets, findings }).toEqual({ text: '[shh]', secrets: ['shh'], findings: [] });
    expect(fill('${input:path}', { PATH: '/bin' }).findings).toEqual([
      expect.objectContaining({
        code: 'CONFIG_MISSING_VARIABLE',
        next: expect.stringContaining('INPUT_PATH=…'),
      }),
    ]);
  });

  test('are read from the file that VAR_FILE names, without its last newline, and count as secrets', () => {
    const folder = folderWith({ 'run/token': 'from-a-file\r\n' });
    const { text, secrets, variables } = fill('[${KEY}]', { KEY_FILE: 'run/token' }, folder);
    expect({ text, secrets, variables }).toEqual({
      text: '[from-a-file]',
      secrets: ['from-a-file'],
      variables: ['KEY'],
    });
  });

  test('themselves win over their files', () => {
    expect(fill('${KEY}', { KEY: 'own', KEY_FILE: '/nowhere' }).text).toBe('own');
  });

  test('whose file cannot be read are errors that name the file and the reason', () => {
    const { findings } = fill('${KEY:-default}', { KEY_FILE: '/nowhere/at/all' });
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'CONFIG_SECRET_FILE',
        path: 'KEY_FILE',
        got: '/nowhere/at/all: ENOENT',
      }),
    ]);
  });

  test('do not swallow a file that is no secret by its size', () => {
    const folder = folderWith({ log: 'x'.repeat(100_000) });
    expect(fill('${KEY}', { KEY_FILE: 'log' }, folder).findings[0]?.got).toContain('100000 bytes');
  });
});

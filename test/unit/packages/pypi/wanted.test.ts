import { describe, expect, it } from 'vitest';
import { PackageError } from '../../../../src/packages/package-error.js';
import { packagesIn, requirementsOf } from '../../../../src/packages/pypi/locked-requirements.js';
import { isOption, requirementOf, wantedOfPypi } from '../../../../src/packages/pypi/wanted.js';

const asked = (line: string) => {
  const [command = '', ...args] = line.split(' ');
  return wantedOfPypi(command, args);
};

describe('what a command of uv asks for', () => {
  it.each([
    [
      'uvx mcp-server-time --local-timezone Asia/Ho_Chi_Minh',
      { specs: ['mcp-server-time'], bin: undefined, args: ['--local-timezone', 'Asia/Ho_Chi_Minh'] },
    ],
    ['uvx mcp-server-time@2025.9.25', { specs: ['mcp-server-time==2025.9.25'], bin: undefined }],
    ['uvx mcp-server-time@latest', { specs: ['mcp-server-time'], bin: undefined }],
    ['uvx mcp-server-time==1', { specs: ['mcp-server-time==1'], bin: undefined }],
    ['uvx My_Server@1', { specs: ['My_Server==1'], bin: 'My_Server' }],
    ['uvx mcp[cli]@1.2 run', { specs: ['mcp[cli]==1.2'], bin: undefined, args: ['run'] }],
    [
      '/opt/uv/bin/uvx --from=mcp[cli]>=1,<2 mcp run x.py',
      { specs: ['mcp[cli]>=1,<2'], bin: 'mcp', args: ['run', 'x.py'] },
    ],
    ['uvx --from pkg python -m pkg.server', { specs: ['pkg'], bin: 'python', args: ['-m', 'pkg.server'] }],
    [
      'uvx -q --with httpx,anyio>=4,<5 -w rich -p 3.12 pkg -p 1',
      { specs: ['pkg', 'httpx', 'anyio>=4,<5', 'rich'], python: '3.12', args: ['-p', '1'] },
    ],
    ['uvx -p3.12 pkg', { python: '3.12' }],
    ['uvx --python=3.11 -- pkg -v', { python: '3.11', args: ['-v'] }],
    ['uv tool run --isolated pkg', { runner: 'uv', specs: ['pkg'], options: [] }],
    ['uv --offline tool run pkg', { specs: ['pkg'], options: ['--offline'] }],
    [
      'uvx.exe --index-url https://py.example/simple -f /wheels pkg',
      { options: ['--index-url=https://py.example/simple', '--find-links=/wheels'] },
    ],
    [
      'uvx --index my=https://py.example/simple --prerelease allow pkg',
      { options: ['--index=my=https://py.example/simple', '--prerelease=allow'] },
    ],
  ])('%s', (line, wanted) => {
    expect(asked(line)).toMatchObject({ wanted: { registry: 'pypi', ...wanted } });
  });

  it.each([
    ['uvx', { cannot: 'no-package' }],
    ['uvx --with-editable . pkg', { cannot: 'option', word: '--with-editable' }],
    ['uvx --of-a-later-uv pkg', { cannot: 'option', word: '--of-a-later-uv' }],
    ['uvx --find-links ./wheels pkg', { cannot: 'option', word: '--find-links' }],
    ['uvx --index-url https://me:secret@py.example/simple pkg', { cannot: 'option', word: '--index-url' }],
    [
      'uvx --from git+https://git.example/x pkg',
      { cannot: 'not-in-registry', word: 'git+https://git.example/x' },
    ],
    ['uvx pkg@https://e.example/x.whl', { cannot: 'not-in-registry' }],
    ['uvx ./folder', { cannot: 'not-in-registry' }],
    ['uvx python3.12 -c 1', { cannot: 'not-in-registry' }],
  ])('%s cannot be locked', (line, expected) => {
    expect(asked(line)).toMatchObject(expected);
  });

  it.each(['uv run server.py', 'uv pip install x', 'npx pkg', 'uv'])('%s fetches no package', (line) => {
    expect(asked(line)).toBeUndefined();
  });

  it('takes no address or marker for a requirement', () => {
    for (const spec of ['a @ https://x', 'a; os_name == "nt"', '../a', 'C:\\a', 'a b', '-r x', ''])
      expect(requirementOf(spec), spec).toBeUndefined();
  });
});

describe('what uv has resolved', () => {
  const hex = (letter: string) => letter.repeat(64);

  it('becomes packages with their hashes, and the same requirements again', () => {
    const text = `zeta==1.0 \\\n    --hash=sha256:${hex('a')} \\\n    --hash=sha256:${hex('b')}\n    # from https://me:secret@py.example/simple\nAlpha.beta==2!1.0.post1+cpu --hash=sha256:${hex('c')}\n`;
    const packages = packagesIn(text)!;
    expect(packages.map(({ name, version, integrity }) => [name, version, integrity.length])).toEqual([
      ['alpha-beta', '2!1.0.post1+cpu', 1],
      ['zeta', '1.0', 2],
    ]);
    expect(packages.map(({ resolved }) => resolved)).toEqual([undefined, 'https://py.example/simple']);
    expect(packages[0]!.integrity[0]).toMatch(/^sha256-[A-Za-z0-9+/]{43}=$/);
    expect(requirementsOf(packages)).toBe(
      `alpha-beta==2!1.0.post1+cpu --hash=sha256:${hex('c')}\nzeta==1.0 --hash=sha256:${hex('a')} --hash=sha256:${hex('b')}\n`,
    );
  });

  it('is not written when a name would mean more than a name', () => {
    const [one] = packagesIn(`a==1 --hash=sha256:${hex('a')}`)!;
    for (const name of ['a @ https://e.example', '-r x', 'a\n-e .'])
      expect(() => requirementsOf([{ ...one!, name }])).toThrow(PackageError);
    expect(
      ['--index=https://x', '--no-build', '--compile', '--index', '--no-build=1', 'x'].map(isOption),
    ).toEqual([...[true, true, false, false, false, false]]);
  });

  it.each(['a @ https://e.example/a.whl', `a==1`, '-e .', ''])('is refused without a hash: %s', (text) => {
    expect(packagesIn(text)).toBeUndefined();
  });
});

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { folder, root } from '../helpers/cli.js';

const run = promisify(execFile);
let cwd: string;
/** Finds `mcp-pipe` as an installed one is found, and no configuration of whoever runs the tests. */
let env: Record<string, string>;

beforeAll(async () => {
  cwd = await folder();
  mkdirSync(join(cwd, 'bin'));
  symlinkSync(join(root, 'bin/mcp-pipe.js'), join(cwd, 'bin/mcp-pipe'));
  env = { PATH: `${join(cwd, 'bin')}:${process.env.PATH}`, HOME: cwd, TERM: 'dumb', LANG: 'C.UTF-8' };
  const server = { command: 'node' };
  writeFileSync(
    join(cwd, 'mcp_config.json'),
    `{ // mine\n "mcpServers": ${JSON.stringify({ notes: server, nightly: { ...server, disabled: true } })},}`,
  );
  const other = {
    agents: { kitchen: {}, office: {} },
    servers: { elsewhere: server, 'my server': server, _comment: 'none' },
  };
  writeFileSync(join(cwd, 'other.json'), JSON.stringify(other));
  writeFileSync(join(cwd, 'news.js'), '');
});

const before = process.cwd();
beforeAll(() => {
  process.chdir(cwd);
  vi.stubEnv('MCP_CONFIG', undefined);
});
afterAll(() => {
  process.chdir(before);
  vi.unstubAllEnvs();
});

/** What `mcp-pipe __complete` says, in this process: the first line, and the words. */
async function ask(...words: string[]): Promise<{ kind: string; words: string[]; about: string[] }> {
  let said = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  expect(await runProgram(['__complete', ...words]).finally(() => stdout.mockRestore())).toBe(0);
  const [kind, ...lines] = said.trimEnd().split('\n');
  return {
    kind: kind!,
    words: lines.map((line) => line.split('\t')[0]!),
    about: lines.map((line) => line.split('\t')[1]!),
  };
}

describe('what completion offers', () => {
  it('names every command that the help names, each with what it does', async () => {
    const { stdout: help } = await run('mcp-pipe', ['--help'], { cwd, env });
    const section = /Commands:\n([\s\S]*?)\n\n/.exec(help)![1]!;
    const commands = [...section.matchAll(/^ {2}([a-z]\S*)/gm)].map(([, name]) => name);
    const { words, about, kind } = await ask('');
    expect(commands.length).toBeGreaterThan(2);
    expect(words).toEqual([...commands, 'notes', 'nightly']);
    expect(about.every((text) => text !== '')).toBe(true);
    expect(kind).toBe('files');
  });

  it('names servers of the file that --config names, and none where there is none', async () => {
    expect((await ask('--config', 'other.json', '')).words).toEqual(
      expect.arrayContaining(['elsewhere', 'my server']),
    );
    expect((await ask('--config=other.json', 'e')).words).toEqual([
      ...['enable', 'explain', 'endpoint', 'elsewhere'],
    ]);
    expect((await ask('-c', 'gone.json', 'n')).words).toEqual([]);
    expect((await ask('-c', 'other.json', '--agent', '')).words).toEqual(['kitchen', 'office']);
    expect((await ask('check', '-c', 'other.json', '--agent=k')).words).toEqual(['--agent=kitchen']);
  });

  it.each([
    [['--log-l'], ['--log-level']],
    [
      ['--log-format', ''],
      ['pretty', 'json'],
    ],
    [
      ['check', '--mode', ''],
      ['auto', 'pipe', 'mux', 'rotate'],
    ],
    [['--mode=m'], ['--mode=mux']],
    [['pr'], ['probe']],
    [['lea'], ['leases']],
    [['enable', ''], ['nightly']],
    [['disable', 'x', ''], ['notes']],
    [['restart', ''], ['notes']],
    [['logs', 'n'], ['notes']],
    [['probe', '--token-'], ['--token-of']],
    [
      ['probe', '--token-of', ''],
      ['notes', 'nightly'],
    ],
    [['probe', '--wat'], ['--watch-ms']],
    [
      ['leases', '--lang', ''],
      ['en', 'vi'],
    ],
    [['leases', '--js'], ['--json']],
    [['--log-format=j'], ['--log-format=json']],
    [['--log-format', '=', 'j'], ['json']],
    [
      ['endpoint', '--when-full', 're'],
      ['replace', 'replace-deaf'],
    ],
    [['endpoint', '--log-level', 'debug', '--sil'], ['--silent']],
    [['endpoint', '--port', ''], []],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['completion', 'bash', ''], []],
    [['demo', ''], []],
    [['--', ''], []],
  ])('%j -> %j', async (words, expected) => {
    expect((await ask(...words)).words).toEqual(expected);
  });

  it('asks the shell for files where a path belongs, and only there', async () => {
    expect((await ask('--config', '')).kind).toBe('files');
    expect((await ask('--', 'npx', '')).kind).toBe('files');
    expect((await ask('endpoint', '--port', '')).kind).toBe('only');
    expect((await ask('completion', '')).kind).toBe('only');
  });

  it('is answered without zod, which takes longer to load than all the rest', async () => {
    const coverage = join(cwd, 'coverage');
    await run('mcp-pipe', ['__complete', 'n'], { cwd, env: { ...env, NODE_V8_COVERAGE: coverage } });
    const loaded = readFileSync(join(coverage, readdirSync(coverage)[0]!), 'utf8');
    expect(loaded).toContain('/bundle/names-');
    const bundle = join(root, 'dist/bundle');
    const withZod = readdirSync(bundle).filter((name) =>
      readFileSync(join(bundle, name), 'utf8').includes('ZodError'),
    );
    expect(withZod).not.toEqual([]);
    for (const name of withZod) expect(loaded).not.toContain(`/bundle/${name}`);
  });
});

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;
const script = (shell: string) =>
  execFileSync('mcp-pipe', ['completion', shell], { cwd, env, encoding: 'utf8' });

describe('the script for', () => {
  it('each shell is printed and says in its help how to install it', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) expect(script(shell)).toContain('__complete');
    const { stdout } = await run('mcp-pipe', ['completion', '--help'], { cwd, env });
    expect(stdout).toMatch(/bash_completion[\s\S]*zshrc[\s\S]*completions\/mcp-pipe\.fish/);
  });

  it('an unknown shell is wrong usage', () => {
    const { status, stderr } = spawnSync('mcp-pipe', ['completion', 'tcsh'], { cwd, env, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
  });

  /** What bash would offer: the words of the line as bash splits them. */
  function bash(...words: string[]): string[] {
    const line = words.map((word) => `'${word}'`).join(' ');
    const text = `${script('bash')}
      COMP_WORDS=(mcp-pipe ${line}); COMP_CWORD=${words.length}
      _mcp_pipe; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync('bash', ['--norc', '-c', text], { cwd, env, encoding: 'utf8' });
    return out.split('\n').filter((name) => name !== '');
  }

  it.skipIf(!has('bash'))('bash completes commands, options, values, servers and files', () => {
    expect(bash('comp')).toEqual(['completion']);
    expect(bash('endpoint', '--when-full', 're')).toEqual(['replace', 'replace-deaf']);
    expect(bash('--log-format', '=')).toEqual(['pretty', 'json']);
    expect(bash('ne')).toEqual(['news.js']);
    expect(bash('n')).toEqual(['notes', 'nightly', 'news.js']);
    expect(bash('-c', 'other.json', 'my')).toEqual(['my server']);
    expect(bash('-c', 'other.json', 'my\\ s')).toEqual(['my server']);
  });

  it.skipIf(!has('fish'))('fish completes the same', () => {
    writeFileSync(join(cwd, 'mcp-pipe.fish'), script('fish'));
    const fish = (line: string) =>
      execFileSync('fish', ['--no-config', '-c', `source mcp-pipe.fish; complete -C '${line}'`], {
        cwd,
        env,
        encoding: 'utf8',
      })
        .split('\n')
        .filter((name) => name !== '')
        .map((name) => name.split('\t')[0]!);
    expect(fish('mcp-pipe comp')).toEqual(['completion']);
    expect(fish('mcp-pipe endpoint --when-full re').sort()).toEqual(['replace', 'replace-deaf']);
    expect(fish('mcp-pipe --log-format=j')).toEqual(['--log-format=json']);
    expect(fish('mcp-pipe n').sort()).toEqual(['news.js', 'nightly', 'notes']);
    expect(fish('mcp-pipe -c other.json my')).toEqual(['my server']);
    expect(fish('mcp-pipe completion z')).toEqual(['zsh']);
  });

  it.skipIf(!has('zsh'))('zsh completes the same, on a terminal of its own', () => {
    writeFileSync(join(cwd, '_mcp-pipe'), script('zsh'));
    const interactive = [
      'PS1=; autoload -Uz compinit; compinit -u -D; source ./_mcp-pipe',
      'show() { print -r -- "<line>$BUFFER</line>"; BUFFER=; }; zle -N show; bindkey "^X" show; print ready',
    ];
    writeFileSync(join(cwd, 'interactive.zsh'), interactive.join('\n'));
    /** The line as zsh leaves it after a press of Tab. */
    const zsh = (line: string) => {
      const text = `
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell 'source ./interactive.zsh'
        zpty -r -m shell seen '*ready*' || exit 3
        zpty -w -n shell ${JSON.stringify(line)}$'\\t\\x18'
        zpty -r -m shell seen '*</line>*' || exit 4
        print -r -- "$seen"
        zpty -d shell`;
      const out = execFileSync('zsh', ['-f', '-c', text], { cwd, env, encoding: 'utf8', timeout: 20_000 });
      return /<line>([\s\S]*)<\/line>/.exec(out)?.[1];
    };
    expect(zsh('mcp-pipe comp')).toBe('mcp-pipe completion ');
    expect(zsh('mcp-pipe completion z')).toBe('mcp-pipe completion zsh ');
    expect(zsh('mcp-pipe --log-format=j')).toBe('mcp-pipe --log-format=json ');
    expect(zsh('mcp-pipe not')).toBe('mcp-pipe notes ');
    expect(zsh('mcp-pipe -c other.json my')).toBe('mcp-pipe -c other.json my\\ server ');
    expect(zsh('mcp-pipe new')).toBe('mcp-pipe news.js ');
  });
});

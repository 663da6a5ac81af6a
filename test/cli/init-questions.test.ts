import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { folder } from '../helpers/cli.js';
import { hasPty, Pty } from '../helpers/pty.js';

const TOKEN = 'typedtokenthatnobodymaysee';
const ADDRESS = `wss://api.xiaozhi.me/mcp/?token=${TOKEN}`;
const CTRL_C = '\u0003';
const DOWN = '\u001b[B';

describe.skipIf(!hasPty)('mcp-pipe init on a terminal (needs python3)', () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await folder();
  });
  const start = (args: string[] = []) =>
    new Pty(['init', ...args], { cwd, env: { HOME: cwd, XDG_CONFIG_HOME: join(cwd, '.config') }, rows: 40 });

  it('asks for the endpoint and the servers, imports what it found, and shows no token', async () => {
    await mkdir(join(cwd, '.cursor'));
    const cursor = { mcpServers: { search: { command: 'x', env: { SEARCH_KEY: 'k-secret-9' } } } };
    await writeFile(join(cwd, '.cursor/mcp.json'), JSON.stringify(cursor));
    const pty = start();
    await pty.shows('Address of the endpoint');
    pty.press(`${ADDRESS}\r`);
    await pty.shows('Which servers?');
    await pty.shows('search (Cursor)');
    pty.press(`${DOWN}${DOWN} ${DOWN} \r`);
    await pty.shows('Which folder');
    pty.press('\r');
    await pty.shows('Move secrets into .env (SEARCH_KEY)?');
    pty.press('\r');
    expect(await pty.exited).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(join(cwd, 'mcp_config.json'), 'utf8'));
    expect(Object.keys(mcpServers)).toEqual(['calculator', 'filesystem', 'search']);
    expect(mcpServers.filesystem.args.at(-1)).toBe('./files');
    expect(statSync(join(cwd, 'files')).isDirectory()).toBe(true);
    const env = readFileSync(join(cwd, '.env'), 'utf8');
    expect(env).toContain(`MCP_ENDPOINT=${ADDRESS}\n`);
    expect(env).toContain('SEARCH_KEY=k-secret-9\n');
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600);
    expect(pty.raw).toContain('Next: mcp-pipe');
    expect(pty.raw).not.toContain(TOKEN);
    expect(pty.raw).not.toContain('k-secret-9');
  });

  it('takes Enter for an endpoint that comes later, and says what is no address', async () => {
    const pty = start();
    await pty.shows('Address of the endpoint');
    pty.press('nonsense\r');
    await pty.shows('Endpoint: the address should start with wss://');
    expect(pty.raw).not.toContain('--endpoint');
    pty.press('\u0015\r');
    await pty.shows('Which servers?');
    pty.press('\r');
    expect(await pty.exited).toBe(0);
    expect(readFileSync(join(cwd, '.env'), 'utf8')).toContain('\n# MCP_ENDPOINT=\n');
    expect(pty.raw).toContain('mcp-pipe --local');
  });

  it('speaks Vietnamese only, also when nothing is chosen, and asks again', async () => {
    await mkdir(join(cwd, '.cursor'));
    const cursor = { mcpServers: { search: { command: 'x', env: { SEARCH_KEY: 'k-secret-9' } } } };
    await writeFile(join(cwd, '.cursor/mcp.json'), JSON.stringify(cursor));
    const pty = start(['--lang', 'vi', '--endpoint', ADDRESS]);
    await pty.shows('Chọn server nào?');
    pty.press(' \r');
    await pty.shows('Hãy chọn ít nhất một server');
    pty.press(`${DOWN}${DOWN}${DOWN} \r`);
    await pty.shows('Chuyển các giá trị bí mật vào .env (SEARCH_KEY)?');
    await pty.shows('Không');
    pty.press('\r');
    expect(await pty.exited).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(join(cwd, 'mcp_config.json'), 'utf8'));
    expect(Object.keys(mcpServers)).toEqual(['search']);
    expect(pty.raw).not.toMatch(/\b(?:navigate|select|confirm|submit|Yes|No)\b/);
  });

  it.each(['Address of the endpoint', 'Which servers?'])(
    'writes nothing when Ctrl-C comes at "%s", and exits 130',
    async (question) => {
      const pty = start(question.startsWith('Which') ? ['--endpoint', ADDRESS] : []);
      await pty.shows(question);
      pty.press(CTRL_C);
      expect(await pty.exited).toBe(130);
      expect(pty.raw).toContain('Nothing was written.');
      expect(pty.raw).not.toContain(TOKEN);
      expect(readdirSync(cwd)).toEqual([]);
    },
  );

  it('writes comments in the language of its words', async () => {
    const file = join(cwd, 'other.json');
    const far = { url: 'https://x.example/mcp', headers: { Authorization: 'Bearer {{KEY}}' } };
    await writeFile(
      file,
      JSON.stringify({ mcpServers: { far, near: { command: 'x', env: { A: `\${input:k}` } } } }),
    );
    const pty = start(['--lang', 'vi', '--import', file, '--yes']);
    expect(await pty.exited).toBe(0);
    expect(readFileSync(join(cwd, '.env'), 'utf8')).toMatch(/^# Giá trị mà .+ gọi là "k"$/m);
  });

  it('asks nothing when there is a configuration already', async () => {
    await writeFile(join(cwd, 'mcp_config.json'), '{}');
    const pty = start();
    expect(await pty.exited).toBe(2);
    expect(pty.raw).toContain('exists already');
    expect(pty.raw).not.toContain('Address');
  });
});

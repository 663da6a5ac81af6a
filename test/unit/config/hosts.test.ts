import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, folderWith, plan, refusal, removeFolders, TOKEN } from './workspace.js';

afterEach(removeFolders);

const CONFIGS = join(import.meta.dirname, '../../fixtures/configs');
const ENV = { MCP_ENDPOINT: ADDRESS, HOME: '/home/me', EDITOR_KEY: 'from-outside', INPUT_API_KEY: 'asked' };

/** Where each program keeps its file, and which servers start. */
const HOSTS: Record<string, { path: string; starts: string[] }> = {
  'mcp_pipe.py.json': { path: 'mcp_config.json', starts: ['local-stdio-calculator', 'local-stdio-notes'] },
  'claude-desktop.json': { path: 'claude_desktop_config.json', starts: ['filesystem', 'weather'] },
  'cursor.json': { path: '.cursor/mcp.json', starts: ['local'] },
  'vscode.json': { path: '.vscode/mcp.json', starts: ['local'] },
  'mcp-proxy.json': { path: 'config.json', starts: ['fetch'] },
  'mcp2xiaozhi.json': { path: 'mcp_config.json', starts: ['calculator'] },
  'cline.json': { path: 'cline_mcp_settings.json', starts: ['local'] },
  'windsurf.json': { path: 'mcp_config.json', starts: ['local'] },
  'cherry-studio.json': { path: 'servers.json', starts: ['a1b2c3'] },
  'zed.json': { path: 'settings.json', starts: ['local'] },
  'gemini-cli.json': { path: 'settings.json', starts: ['local'] },
};

async function planOf(fixture: string) {
  const { path } = HOSTS[fixture]!;
  const cwd = folderWith({
    [path]: readFileSync(join(CONFIGS, fixture), 'utf8'),
    'server.env': `EXTRA=more\nMCP_ENDPOINT=${ADDRESS}\nCOPY=${TOKEN}\nAPI_KEY=below\n`,
  });
  const config = await loadConfig({ cwd, file: path, env: ENV });
  return { cwd, plan: makePlan(config, { cwd }) };
}

test('every fixture has a line in this test', () => {
  const fixtures = readdirSync(CONFIGS).filter((name) => name.endsWith('.json'));
  expect(fixtures.sort()).toEqual(Object.keys(HOSTS).sort());
});

describe.each(Object.entries(HOSTS))('%s', (fixture, { starts }) => {
  test('loads unchanged and plans, without a word about keys', async () => {
    const { plan } = await planOf(fixture);
    expect(plan.servers.map(({ name }) => name)).toEqual(starts);
    expect(plan.warnings).toEqual([]);
  });
});

describe('what editors fill in', () => {
  test('VS Code: the folder around .vscode, inputs from INPUT_<ID>, envFile below env and without tokens', async () => {
    const { cwd, plan } = await planOf('vscode.json');
    const launch = launchOf(plan.servers[0]);
    expect(launch.args).toEqual(['server.js', cwd]);
    expect(launch.cwd).toBe(cwd);
    expect(launch.env).toMatchObject({ API_KEY: 'asked', OTHER: 'from-outside', EXTRA: 'more' });
    expect(JSON.stringify(launch.env)).not.toContain(TOKEN);
    expect(plan.secrets).toContain(TOKEN);
  });

  test('Cursor: the folder around .cursor, the home folder', async () => {
    const { cwd, plan } = await planOf('cursor.json');
    expect(launchOf(plan.servers[0]).args).toEqual([`${cwd}/server.js`, '/home/me/notes']);
    expect(launchOf(plan.servers[0]).env.API_KEY).toBe('from-outside');
  });

  test('an envFile that cannot be read is a mistake that names it', async () => {
    const [finding] = await refusal(plan({ servers: { a: { command: 'x', envFile: 'gone.env' } } }));
    expect(finding).toMatchObject({ code: 'CONFIG_FILE_NOT_FOUND', path: 'servers.a.envFile' });
    expect(finding!.got).toContain('gone.env: ENOENT');
  });
});

test.each([[{ serverUrl: 'https://h/' }], [{ httpUrl: 'https://h/' }], [{ baseUrl: 'https://h/' }]])(
  '%j is a remote server',
  async (entry) => {
    const { servers } = await plan({ mcpServers: { far: entry } });
    expect(servers).toMatchObject([{ kind: 'http', remote: { url: 'https://h/' } }]);
  },
);

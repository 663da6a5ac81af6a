import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { newConfigText } from '../../../src/config/edit.js';
import { envText } from '../../../src/config/env-text.js';
import { convert } from '../../../src/config/import/convert.js';
import { type ForeignFile, readForeign } from '../../../src/config/import/read.js';
import { loadConfig } from '../../../src/config/load.js';
import { EnvVariables } from '../../../src/config/move-secrets.js';
import { makePlan } from '../../../src/config/plan.js';
import { formatImportNote } from '../../../src/messages/index.js';
import type { ConfigError } from '../../../src/protocol/errors.js';
import { ADDRESS, folderWith, removeFolders } from './workspace.js';

afterEach(removeFolders);

const CONFIGS = join(import.meta.dirname, '../../fixtures/configs/import');

/** Fixture -> where its program keeps it, which program that is found to be, and which servers start after the import. */
const HOSTS: Record<string, { file: string; program: string; starts: string[]; workspace?: string }> = {
  'claude_desktop_config.json': {
    file: '/home/me/.config/Claude/claude_desktop_config.json',
    program: 'Claude Desktop',
    starts: ['filesystem', 'wallet'],
  },
  'cursor.mcp.json': {
    file: '/p/.cursor/mcp.json',
    program: 'Cursor',
    starts: ['local', 'far'],
    workspace: '/p',
  },
  'vscode.mcp.jsonc': {
    file: '/p/.vscode/mcp.json',
    program: 'VS Code',
    starts: ['local', 'far'],
    workspace: '/p',
  },
  'vscode.settings.json': {
    file: '/home/me/.config/Code/User/settings.json',
    program: 'VS Code',
    starts: ['search', 'clock'],
  },
  'windsurf.json': {
    file: '/home/me/.codeium/windsurf/mcp_config.json',
    program: 'Windsurf',
    starts: ['local', 'far'],
  },
  'zed.json': { file: '/home/me/.config/zed/settings.json', program: 'Zed', starts: ['old', 'far'] },
  'opencode.json': { file: '/p/opencode.json', program: 'opencode', starts: ['files', 'far'] },
  'gemini.json': { file: '/home/me/.gemini/settings.json', program: 'Gemini CLI', starts: ['local', 'far'] },
  'copilot.json': {
    file: '/home/me/.copilot/mcp-config.json',
    program: 'Copilot CLI',
    starts: ['local', 'all', 'far'],
  },
  'cline.json': { file: '/x/cline_mcp_settings.json', program: 'Cline', starts: ['local'] },
  'roo.json': { file: '/p/.roo/mcp.json', program: 'Roo Code', starts: ['local', 'far'], workspace: '/p' },
  'xiaozhi.config.json': {
    file: '/p/xiaozhi.config.json',
    program: 'xiaozhi-client',
    starts: ['calculator', 'far'],
  },
  'mcp_settings.json': { file: '/p/mcp_settings.json', program: 'xiaozhi-mcphub', starts: ['time'] },
  'goose.config.yaml': { file: '/home/me/.config/goose/config.yaml', program: 'goose', starts: ['tavily'] },
  'codex.config.toml': { file: '/home/me/.codex/config.toml', program: 'Codex', starts: ['docs', 'far'] },
  'librechat.yaml': { file: '/p/librechat.yaml', program: 'LibreChat', starts: ['puppeteer', 'far'] },
};

async function imported(fixture: string) {
  const { file, workspace } = HOSTS[fixture]!;
  const text = readFileSync(join(CONFIGS, fixture), 'utf8');
  const found = (await readForeign(text, { program: '', file, workspace })) as ForeignFile;
  const variables = new EnvVariables(() => undefined);
  const converted = convert([found], {
    ...{ variables, taken: [], keepSecretsInline: false, folder: '/p', home: '/home/me', pathSeparator: '/' },
  });
  const { endpoint, servers, agents, notes } = converted;
  const lines = [{ name: 'MCP_ENDPOINT', value: endpoint }, ...variables.lines];
  return { found, config: newConfigText(servers, agents), env: envText(lines)!, notes, lines };
}

test('every fixture has a line in this test', () => {
  const fixtures = readdirSync(CONFIGS).filter((name) => !name.endsWith('.becomes'));
  expect(fixtures.sort()).toEqual(Object.keys(HOSTS).sort());
});

describe.each(Object.entries(HOSTS))('%s', (fixture, { program, starts }) => {
  test('becomes this configuration, this .env, and these notes', async () => {
    const { found, config, env, notes } = await imported(fixture);
    expect(found.location.program).toBe(program);
    const said = notes.map((note) => `- ${formatImportNote(note, 'en')}\n`).join('');
    await expect(`${config}\n.env\n${env}\n${said}`).toMatchFileSnapshot(join(CONFIGS, `${fixture}.becomes`));
  });

  test('what it becomes loads, and starts without a word', async () => {
    const { config, env, lines } = await imported(fixture);
    // What has to be filled in is filled in; folders of this test's imagination stay out.
    const filled = lines.flatMap(({ name, value }) =>
      value === undefined && name !== 'MCP_ENDPOINT' ? [`${name}=filled`] : [],
    );
    const cwd = folderWith({
      'mcp_config.json': config
        .replace(/"cwd": "[^"]*"/, '"cwd": "x"')
        .replace(/"envFile": "[^"]*"/, '"envFile": "x/.keep"'),
      '.env': `MCP_ENDPOINT=${ADDRESS}\n${env}${filled.join('\n')}\n`,
      'x/.keep': '',
    });
    const named = [...config.matchAll(/\$\{(?:env:)?(\w+)/g)].map(([, name]) => [name, 'set elsewhere']);
    const loaded = await loadConfig({ cwd, env: { ...Object.fromEntries(named), ...envOf(env) } });
    const plan = makePlan(loaded, { cwd });
    expect(plan.servers.map(({ name }) => name)).toEqual(starts);
  });
});

/** Run as they are: the form that is said, or undefined when they are run. */
const DIRECTLY: Record<string, string | undefined> = {
  'vscode.settings.json': 'vscode-settings',
  'opencode.json': 'opencode',
  'goose.config.yaml': 'goose',
  'codex.config.toml': 'codex',
  'librechat.yaml': 'yaml',
};

test.each(Object.keys(HOSTS))(
  '%s, run as it is: its form is said, or it hides what the import hides',
  async (fixture) => {
    const text = readFileSync(join(CONFIGS, fixture), 'utf8');
    const cwd = folderWith({ [fixture]: text });
    const attempt = loadConfig({ cwd, file: fixture, env: {} });
    const form = DIRECTLY[fixture];
    if (form !== undefined) {
      const findings = await attempt.then(
        (loaded) => loaded.findings,
        (error: ConfigError) => error.findings,
      );
      expect(findings).toMatchObject([
        { id: 'foreign-form', params: { form, importing: `mcp-pipe init --import ${fixture}` } },
      ]);
      return;
    }
    const loaded = await attempt;
    const byImport = JSON.parse((await imported(fixture)).config.replace(/^ *\/\/.*$/gm, '')) as {
      mcpServers: Record<string, { tools?: object; disabled?: boolean; url?: string }>;
    };
    for (const {
      name,
      enabled,
      options: { tools },
    } of loaded.servers) {
      const entry = byImport.mcpServers[name];
      if (entry === undefined) expect(enabled).toBe(false);
      else {
        expect([name, tools]).toEqual([name, entry.tools ?? {}]);
        if (entry.url === undefined) expect([name, enabled]).toEqual([name, !entry.disabled]);
      }
    }
    expect(loaded.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    for (const { name, findings } of loaded.servers) {
      expect([name, findings.filter(({ id }) => id === 'unknown-key')]).toEqual([name, []]);
    }
    // What stands beside the servers takes one line, and never a wrong hint.
    expect(loaded.findings.filter(({ id }) => id === 'unknown-key')).toEqual([]);
    expect(loaded.findings.filter(({ id }) => id === 'other-keys').length).toBeLessThanOrEqual(1);
  },
);

function envOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [
      name!,
      value!.replace(/^['"]|['"]$/g, ''),
    ]),
  );
}

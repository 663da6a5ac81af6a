import { posix, win32 } from 'node:path';

/** A file in which another program keeps its MCP servers. */
export interface ImportLocation {
  /** Name of the program for people. */
  program: string;
  /** Absolute. */
  file: string;
  /** Value of `${workspaceFolder}` there; undefined for a file of the user. */
  workspace: string | undefined;
}

export interface Machine {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, absolute. */
  home: string;
  /** The folder of the project, absolute. */
  folder: string;
}

/** Possible places of configurations, those of the project first. Pure: reads nothing. */
export function importLocations({ platform, env, home, folder }: Machine): ImportLocation[] {
  const { join } = platform === 'win32' ? win32 : posix;
  const data = dataFolder({ platform, env, home });
  const project = (program: string, ...path: string[]) => ({
    program,
    file: join(folder, ...path),
    workspace: folder,
  });
  const user = (program: string, ...path: [string, ...string[]]) => ({
    program,
    file: join(...path),
    workspace: undefined,
  });
  const extensions = [data, 'Code', 'User', 'globalStorage'] as const;
  // On macOS, too, Zed, opencode and goose use the folders of Linux.
  const dotConfig = env.XDG_CONFIG_HOME || join(home, '.config');
  const all: ImportLocation[] = [
    project('VS Code', '.vscode', 'mcp.json'),
    project('Cursor', '.cursor', 'mcp.json'),
    project('Roo Code', '.roo', 'mcp.json'),
    project('Claude Code', '.mcp.json'),
    project('opencode', 'opencode.json'),
    project('xiaozhi-client', 'xiaozhi.config.json'),
    project('xiaozhi-mcphub', 'mcp_settings.json'),
    project('LibreChat', 'librechat.yaml'),
    user('Claude Desktop', data, 'Claude', 'claude_desktop_config.json'),
    user('Cursor', home, '.cursor', 'mcp.json'),
    user('VS Code', data, 'Code', 'User', 'mcp.json'),
    user('VS Code', data, 'Code', 'User', 'settings.json'),
    user('VS Code Insiders', data, 'Code - Insiders', 'User', 'mcp.json'),
    user('Windsurf', home, '.codeium', 'windsurf', 'mcp_config.json'),
    user('Cline', ...extensions, 'saoudrizwan.claude-dev', 'settings', 'cline_mcp_settings.json'),
    user('Roo Code', ...extensions, 'rooveterinaryinc.roo-cline', 'settings', 'mcp_settings.json'),
    user(
      'Zed',
      platform === 'win32' ? data : dotConfig,
      platform === 'win32' ? 'Zed' : 'zed',
      'settings.json',
    ),
    user('opencode', dotConfig, 'opencode', 'opencode.json'),
    user('Gemini CLI', home, '.gemini', 'settings.json'),
    user('Copilot CLI', home, '.copilot', 'mcp-config.json'),
    user('Codex', home, '.codex', 'config.toml'),
    platform === 'win32'
      ? user('goose', data, 'Block', 'goose', 'config', 'config.yaml')
      : user('goose', dotConfig, 'goose', 'config.yaml'),
    user('xiaozhi-client', home, '.xiaozhi-client', 'xiaozhi.config.json'),
  ];
  // In the user's home folder, `.cursor/mcp.json` of the project and of the user are the same file.
  return all.filter(({ file }, i) => all.findIndex((one) => one.file === file) === i);
}

/** Where programs keep the data of a user. */
function dataFolder({ platform, env, home }: Omit<Machine, 'folder'>): string {
  if (platform === 'win32') return env.APPDATA || win32.join(home, 'AppData', 'Roaming');
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support');
  return env.XDG_CONFIG_HOME || posix.join(home, '.config');
}

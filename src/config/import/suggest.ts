import { resolve } from 'node:path';
import { BOUNDS } from '../bounds.js';
import { workspaceFolder } from '../editor-variables.js';
import { decodeText, readOrdinaryFile } from '../text-file.js';
import { importCommand } from './import-command.js';
import { readForeign } from './read.js';

/** A file of another program, with servers in it. */
export interface NearbyFile {
  /** Its path as seen from the current folder. */
  shown: string;
  /** The command that imports it. */
  importing: string;
}

/** Files in which programs keep the servers of a project, most likely first. */
const NEARBY = [
  ...['xiaozhi.config.json', 'xiaozhi.config.jsonc', 'mcp_settings.json', 'mcp.json', '.mcp.json'],
  ...['.vscode/mcp.json', '.cursor/mcp.json', '.roo/mcp.json', '.vscode/settings.json', '.zed/settings.json'],
  ...['.gemini/settings.json', 'opencode.json', 'opencode.jsonc', '.opencode/opencode.json'],
  ...['claude_desktop_config.json', 'cline_mcp_settings.json', 'mcp-config.json', 'settings.json'],
  ...['librechat.yaml', 'librechat.yml', '.codex/config.toml', 'config.toml', 'config.yaml'],
] as const;

/** The files that exist and can be read. */
export async function nearbyFiles(cwd: string): Promise<NearbyFile[]> {
  const all: NearbyFile[] = [];
  for (const shown of NEARBY) {
    const file = resolve(cwd, shown);
    try {
      const text = decodeText(readOrdinaryFile(file, BOUNDS.nearbyFileBytes));
      const read = await readForeign(text, { program: '', file, workspace: workspaceFolder(file) });
      if (read !== undefined) all.push({ shown, importing: importCommand(file, cwd) });
    } catch {
      // The file is missing or cannot be read: it was only a guess.
    }
  }
  return all;
}

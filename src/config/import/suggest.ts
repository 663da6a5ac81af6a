import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { BOUNDS } from '../defaults.js';
import { workspaceFolder } from '../editor-variables.js';
import { shellWord } from '../shell-word.js';
import { decodeText, readOrdinaryFile } from '../text-file.js';
import { readForeign } from './read.js';

/** A file of another program, with servers in it. */
export interface NearbyFile {
  /** As it is called from where the user is. */
  shown: string;
  /** What to type to have it taken over. */
  importing: string;
}

/** Files in which programs keep the servers of a project, the most likely to be meant first. */
const NEARBY = [
  ...['xiaozhi.config.json', 'xiaozhi.config.jsonc', 'mcp_settings.json', 'mcp.json', '.mcp.json'],
  ...['.vscode/mcp.json', '.cursor/mcp.json', '.roo/mcp.json', '.vscode/settings.json', '.zed/settings.json'],
  ...['.gemini/settings.json', 'opencode.json', 'opencode.jsonc', '.opencode/opencode.json'],
  ...['claude_desktop_config.json', 'cline_mcp_settings.json', 'mcp-config.json', 'settings.json'],
  ...['librechat.yaml', 'librechat.yml', '.codex/config.toml', 'config.toml', 'config.yaml'],
] as const;

/** What to type to have the servers of a file taken over. */
export function importCommand(file: string, cwd: string): string {
  const near = relative(cwd, file);
  const shown = near.startsWith('..') ? file : near;
  // What is there is never overwritten, so the new one needs a folder of its own.
  const dir = existsSync(join(cwd, 'mcp_config.json')) ? ' --dir mcp-pipe' : '';
  return `mcp-pipe init --import ${shellWord(shown)}${dir}`;
}

/** Those that are there and can be read. */
export async function nearbyFiles(cwd: string): Promise<NearbyFile[]> {
  const all: NearbyFile[] = [];
  for (const shown of NEARBY) {
    const file = resolve(cwd, shown);
    try {
      const text = decodeText(readOrdinaryFile(file, BOUNDS.nearbyFileBytes));
      const read = await readForeign(text, { program: '', file, workspace: workspaceFolder(file) });
      if (read !== undefined) all.push({ shown, importing: importCommand(file, cwd) });
    } catch {
      // Not there, or not for us: it was only a guess.
    }
  }
  return all;
}

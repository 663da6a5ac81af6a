import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { shellWord } from '../shell-word.js';

/** The command that imports the servers of a file. */
export function importCommand(file: string, cwd: string): string {
  const near = relative(cwd, file);
  const shown = near.startsWith('..') ? file : near;
  // `import` overwrites nothing, so an existing configuration needs another folder.
  const dir = existsSync(join(cwd, 'mcp_config.json')) ? ' --dir mcp-pipe' : '';
  return `mcp-pipe init --import ${shellWord(shown)}${dir}`;
}

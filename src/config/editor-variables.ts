import { basename, dirname, sep } from 'node:path';

/** Folders in which editors keep their configuration; the workspace is the folder around them. */
const EDITOR_FOLDERS = new Set(['.vscode', '.cursor', '.roo', '.zed', '.gemini', '.codex', '.opencode']);

/** The folder that holds `.vscode` (or its like) when the file stands in it, else the folder of the file. */
export function workspaceFolder(file: string): string {
  const folder = dirname(file);
  return EDITOR_FOLDERS.has(basename(folder)) ? dirname(folder) : folder;
}

/** The value that VS Code and Cursor give this variable themselves ("Variables reference"); undefined for other names. */
export function editorVariable(
  name: string,
  file: string,
  environment: { get(name: string): string | undefined },
): string | undefined {
  switch (name) {
    case 'workspaceFolder':
      return workspaceFolder(file);
    case 'workspaceFolderBasename':
      return basename(workspaceFolder(file));
    case 'userHome':
      return environment.get('HOME') ?? environment.get('USERPROFILE');
    case 'pathSeparator':
    case '/':
      return sep;
    default:
      return undefined;
  }
}

/** The variable for a value that an editor asks its user for: `api-key` -> `INPUT_API_KEY`. */
export function inputVariable(id: string): string {
  return `INPUT_${id.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

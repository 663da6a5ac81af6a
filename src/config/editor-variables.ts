import { basename, dirname, sep } from 'node:path';

/** Folders in which editors keep their configuration; the workspace is the folder around them. */
const EDITOR_FOLDERS = new Set(['.vscode', '.cursor', '.roo', '.zed', '.gemini', '.codex', '.opencode']);

/** The folder that holds `.vscode` (or its like) when the file stands in it, else the folder of the file. */
export function workspaceFolder(file: string): string {
  const folder = dirname(file);
  return EDITOR_FOLDERS.has(basename(folder)) ? dirname(folder) : folder;
}

/** What VS Code and Cursor fill in by themselves ("Variables reference"); undefined for any other name. */
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

/** The variable that stands for what an editor would ask its user: `api-key` -> `INPUT_API_KEY`. */
export function inputVariable(id: string): string {
  return `INPUT_${id.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

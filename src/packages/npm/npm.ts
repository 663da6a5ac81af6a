import type { PackageKind } from '../package-kind.js';
import { entryCommandNpm } from './entry.js';
import { installNpm } from './install.js';
import { resolveNpm } from './resolve.js';
import { runnerFoldersNpm } from './runner-folders.js';

/** What Node.js could load instead of what was installed. */
const CODE = /(^|\/)(package\.json|node_modules)$|\.([cm]?[jt]sx?|node|wasm|so|dylib|dll|exe)$/i;

/** Packages of npm's registry and of others like it, which npm resolves and installs. */
export const npm: PackageKind = {
  resolve: resolveNpm,
  install: installNpm,
  isMovable: true,
  entryCommand: entryCommandNpm,
  // server-memory keeps its data beside its code.
  isOwnFile: (path) => !CODE.test(path) && !/(^|\/)\.bin\//.test(path),
  runnerFolders: runnerFoldersNpm,
  placeIn: (path) => path,
};

import type { PackageKind } from '../package-kind.js';
import { entryCommandPypi } from './entry.js';
import { installPypi } from './install.js';
import { resolvePypi } from './resolve.js';
import { runnerFoldersPypi } from './runner-folders.js';

/** What Python or the system could load, and what says how it is found. */
const CODE = /(^|\/)__pycache__$|\.(py|pyc|pyo|pyw|pyd|pth|egg-link|so|dylib|dll|exe|zip|whl)(\.\d+)*$/i;
/** Below a folder of `site-packages`, where packages are; but not what describes them. */
const IN_PACKAGE = /^lib\/(python[\d.]+\/)?site-packages\/(?![^/]*\.(dist-info|egg-info|data)\/)[^/]+\/./i;

/** Packages of PyPI and of other indexes, which uv resolves and installs. */
export const pypi: PackageKind = {
  resolve: resolvePypi,
  install: installPypi,
  isMovable: true,
  entryCommand: entryCommandPypi,
  // Byte code is compiled and noted when it is installed; with PYTHONOPTIMIZE, Python writes another kind beside it. Some servers
  // keep data beside their code.
  isOwnFile: (path) =>
    /(^|\/)__pycache__\/[^/]+\.opt-[12]\.pyc$/.test(path) || (IN_PACKAGE.test(path) && !CODE.test(path)),
  runnerFolders: runnerFoldersPypi,
  placeIn: (path, { python }) =>
    python === undefined ? path : path.replace(/^lib\/python[\d.]+\//, `lib/python${python}/`),
};

import type { PackageKind } from '../package-kind.js';
import { entryCommandPypi } from './entry.js';
import { installPypi } from './install.js';
import { resolvePypi } from './resolve.js';

/** Packages of PyPI and of other indexes, which uv resolves and installs. */
export const pypi: PackageKind = {
  resolve: resolvePypi,
  install: installPypi,
  isMovable: true,
  entryCommand: entryCommandPypi,
  // Byte code is compiled and noted when it is installed; with PYTHONOPTIMIZE, Python writes another kind beside it.
  isOwnFile: (path) => /(^|\/)__pycache__\/[^/]+\.opt-[12]\.pyc$/.test(path),
};

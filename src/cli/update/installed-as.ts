import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInContainer } from '../../config/in-container.js';
import { packageRoot } from '../package-root.js';

/** How mcp-pipe came to this machine, which decides how a newer version comes. */
type InstalledAs = 'docker' | 'clone' | 'npx' | 'global' | 'local' | 'other';

const COMMANDS: Readonly<Record<InstalledAs, string | undefined>> = {
  docker: 'git pull && docker compose up -d --build',
  clone: 'git pull && npm ci',
  // npx keeps the version that it has.
  npx: 'npx -y mcp-pipe@latest',
  global: 'npm install -g mcp-pipe@latest',
  local: 'npm install mcp-pipe@latest',
  other: undefined,
};

interface Installed {
  as: InstalledAs;
  /** Where the command has to be typed; undefined: anywhere. */
  folder: string | undefined;
  /** What gets a newer version; undefined: not known. */
  command: string | undefined;
  /** On the machine that the container runs on. */
  onHost: boolean;
}

/** @param has Whether a file or folder exists. */
export function installedAs(
  env: Readonly<Record<string, string | undefined>>,
  root: string = fileURLToPath(packageRoot),
  has: (path: string) => boolean = existsSync,
): Installed {
  const found = place(env, root, has);
  return { ...found, command: COMMANDS[found.as], onHost: found.as === 'docker' };
}

function place(
  env: Readonly<Record<string, string | undefined>>,
  root: string,
  has: (path: string) => boolean,
): Pick<Installed, 'as' | 'folder'> {
  const folder = root.replace(/[\\/]$/, '');
  if (isInContainer(env)) return { as: 'docker', folder: undefined };
  if (has(join(folder, '.git'))) return { as: 'clone', folder };
  if (/[\\/]_npx[\\/]/.test(folder)) return { as: 'npx', folder: undefined };
  const modules = dirname(folder);
  if (!/[\\/]node_modules$/.test(modules)) return { as: 'other', folder };
  // A project has a package.json beside its node_modules; the folder of global packages has none.
  const project = dirname(modules);
  if (has(join(project, 'package.json'))) return { as: 'local', folder: project };
  return { as: 'global', folder: undefined };
}

import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ServerCommand } from '../../process/launch.js';
import { withFirstInPath } from '../first-in-path.js';
import type { LockedPackage, WantedPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';

/** Of the entry, where its first line stands. */
const HEAD_BYTES = 256;

/**
 * The command that starts an installed package without npm: its entry, by the program that its first line names. PATH has the
 * commands of the installation first, as with npx. Variables that npm sets about itself (`npm_*`) are not: no npm runs.
 *
 * @throws PackageError when the entry cannot be read
 */
// D328
export async function entryCommandNpm(
  locked: LockedPackage,
  folder: string,
  command: ServerCommand,
  { args }: WantedPackage,
): Promise<ServerCommand> {
  const file = join(folder, locked.entry);
  const env = withFirstInPath(join(folder, 'node_modules', '.bin'), command.env);
  const [program, ...words] = interpreterOf(await headOf(file), file, process.platform) ?? [];
  if (program === undefined) return { ...command, command: file, args, env };
  return { ...command, command: program, args: [...words, file, ...args], env };
}

async function headOf(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new PackageError('no-command', `${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/**
 * The program that runs a file, with its options, as the system or npm's shims (`.cmd` on Windows) choose it; undefined: the file
 * is a program itself. Pure.
 *
 * @param head The beginning of the file.
 */
export function interpreterOf(
  head: string,
  file: string,
  platform: NodeJS.Platform,
): [string, ...string[]] | undefined {
  const [, line] = /^#!\s*([^\r\n]*)/.exec(head) ?? [];
  if (line === undefined || line.trim() === '') return /\.[cm]?js$/i.test(file) ? ['node'] : undefined;
  const [program = '', ...words] = line.trim().split(/\s+/);
  if (posix.basename(program) !== 'env') {
    const name = posix.basename(program);
    // The Node of PATH, as with `env`; and Windows has no /bin.
    return [name === 'node' || platform === 'win32' ? name : program, ...oneWord(words, platform)];
  }
  const rest = words[0] === '-S' ? words.slice(1) : words;
  // `env NAME=value node`: env itself is needed.
  const isPlain = rest.length > 0 && !/^-|=/.test(rest[0]!);
  if (isPlain) return rest as [string, ...string[]];
  return platform === 'win32' ? ['node'] : undefined;
}

/** The system hands on all that follows the program as one word. */
function oneWord(words: readonly string[], platform: NodeJS.Platform): readonly string[] {
  return platform === 'win32' || words.length < 2 ? words : [words.join(' ')];
}

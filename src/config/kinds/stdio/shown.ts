import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { excerpt } from '../../../messages/human.js';
import { commandName } from '../../command-name.js';
import type { Started } from './facts.js';
import { isSecretOption, scriptOf } from './script-argument.js';

/** Names of options, files, and the package that a runner starts are shown; anything else may be secret. */
export function shownCommand({ command, args, cwd, confinement }: Started): string[] {
  const runs = commandName(command, args);
  const script = scriptOf(command, args);
  const shown = args.map((word, i) => {
    if (isSecretOption(args[i - 1])) return '…';
    const isOption = /^--?[A-Za-z][\w-]{0,30}$/.test(word);
    const isPackage = PACKAGE.test(word) && commandName('npx', [word]) === runs;
    const isKnown = isOption || isPackage || SUBCOMMANDS.has(word) || script?.at === i;
    return isKnown || isPath(word, cwd) ? excerpt(word, 120) : '…';
  });
  const image = confinement?.image?.name;
  if (image !== undefined) return [excerpt(image, 120), ...shown];
  const program = existsSync(resolve(cwd, command)) ? command : command.split(/\s/, 1)[0]!;
  return [excerpt(program, 120), ...shown];
}

const SUBCOMMANDS = new Set(['exec', 'run', 'dlx', 'x', 'tool', 'stdio']);
/** Name of a package, module or image in lower case, with an optional version. */
const PACKAGE = /^(?:@?[a-z0-9._-]{1,60}\/){0,3}[a-z0-9._-]{1,60}(?:(?:@|:|==)[\w.^~*-]{1,20})?$/;

function isPath(word: string, cwd: string): boolean {
  return word !== '' && word.length <= 500 && !word.includes('\0') && existsSync(resolve(cwd, word));
}

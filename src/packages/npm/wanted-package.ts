import { programName } from '../../process/program-name.js';
import type { Asked } from '../asked.js';
import { npmWords, packageSpec, type RunnerWords, runnerWords } from './runner-words.js';

/** What a command of npx, `npm exec`, bunx or `pnpm dlx` asks for; undefined for any other program. */
export function wantedOfNpm(command: string, args: readonly string[]): Asked | undefined {
  const program = programName(command);
  const words = wordsOf(program, args);
  if (words === undefined) return undefined;
  const { specs, bin, rest, isShell, mayNotFetch, unknown } = words;
  // bun and pnpm run no scripts of packages unless they are told which.
  const hasScripts = program === 'npx' || program === 'npm' || words.options.includes('--ignore-scripts');
  const options = hasScripts ? words.options : [...words.options, '--ignore-scripts'];
  if (isShell) return { cannot: 'shell' };
  if (unknown !== undefined) return { cannot: 'option', word: unknown.replace(/=.*/, '') };
  if (mayNotFetch) return { cannot: 'fetches-nothing' };
  const [first, ...others] = specs.map(({ text }) => text);
  if (first === undefined || first === '') return { cannot: 'no-package' };
  const foreign = [first, ...others].find((text) => packageSpec(text) === undefined);
  if (foreign !== undefined) return { cannot: 'not-in-registry', word: foreign };
  // It would stand in the lock, which is shared.
  const login = options.find((option) => /\/\/[^/]*@/.test(option));
  if (login !== undefined) return { cannot: 'option', word: login.replace(/=.*/, '') };
  if (bin !== undefined && !/^[\w@.+-]+$/.test(bin)) return { cannot: 'option', word: bin };
  return {
    wanted: { registry: 'npm', runner: program, specs: [first, ...others], bin, options, args: rest },
  };
}

/** The words behind the program, without the options of bun and pnpm that mean the same elsewhere. */
function wordsOf(program: string, args: readonly string[]): RunnerWords | undefined {
  if (program === 'npx' || program === 'pnpx' || program === 'bunx') return runnerWords(args);
  if (program === 'npm') return npmWords(args);
  if (program === 'bun' && args[0] === 'x') return runnerWords(args, 1);
  if (program !== 'pnpm') return undefined;
  const at = args.findIndex((word) => !/^(-s|--silent|--prefer-offline)$/.test(word));
  return args[at] === 'dlx' ? runnerWords(args, at + 1) : undefined;
}

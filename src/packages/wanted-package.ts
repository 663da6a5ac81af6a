import { programName } from '../process/program-name.js';
import type { Asked } from './asked.js';
import type { WantedPackage } from './locked-package.js';
import { wantedOfNpm } from './npm/wanted-package.js';
import { wantedOfPypi } from './pypi/wanted.js';

/** One for each registry. */
const READERS: readonly ((command: string, args: readonly string[]) => Asked | undefined)[] = [
  wantedOfNpm,
  wantedOfPypi,
];

/** The package that a command asks a runner for; undefined when its program fetches none. */
export function wantedPackage(command: string, args: readonly string[]): Asked | undefined {
  // Windows needs `cmd /c npx`.
  if (programName(command) === 'cmd' && /^\/c$/i.test(args[0] ?? ''))
    return wantedPackage(args[1] ?? '', args.slice(2));
  for (const read of READERS) {
    const asked = read(command, args);
    if (asked) return asked;
  }
  return undefined;
}

/** The key of an entry of `mcp_lock.json`: all that decides what is installed and started, but for the arguments. */
export function lockKey({ registry, specs, bin, options = [], python }: WantedPackage): string {
  const more = [
    ...(bin === undefined ? [] : [`--bin=${bin}`]),
    ...(python === undefined ? [] : [`--python=${python}`]),
  ];
  return `${registry}:${[...specs, ...more, ...options].join(' ')}`;
}

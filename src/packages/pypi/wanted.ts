import { isAbsolute } from 'node:path';
import { programName } from '../../process/program-name.js';
import type { Asked } from '../asked.js';

/** What an option of uvx means for a lock. */
type Kind = 'value' | 'path' | 'flag' | 'dropped-value' | 'dropped-flag';

/**
 * Options that decide what is resolved, which uv gets again, and those that mean nothing for it: words on the terminal, and what
 * of the cache is looked at again. Any other option makes the command one that cannot be locked: `--with-editable`,
 * `--with-requirements`, `--env-file`, `--python-platform`, `--directory`, and those of a later uv.
 */
const OPTIONS: Readonly<Record<string, Kind>> = {
  ...all(
    'value',
    '--index --default-index --index-url --extra-index-url --index-strategy --keyring-provider --prerelease --prerelease-package --resolution',
    '--fork-strategy --exclude-newer --exclude-newer-package --allow-insecure-host --config-setting --no-binary-package',
    '--no-build-package --no-build-isolation-package --torch-backend --cache-dir --no-sources-package',
  ),
  ...all('path', '--find-links --constraints --overrides --build-constraints --config-file'),
  ...all(
    'flag',
    '--no-index --no-build --no-binary --no-sources --native-tls --system-certs --no-config --managed-python --no-managed-python',
    '--no-python-downloads --offline --no-build-isolation --no-cache',
  ),
  ...all('dropped-value', '--color --link-mode --refresh-package --reinstall-package --upgrade-package'),
  ...all(
    'dropped-flag',
    '--quiet --verbose --isolated --no-progress --refresh --upgrade --reinstall --compile-bytecode --no-env-file',
  ),
};

const SHORT: Readonly<Record<string, string>> = {
  '-w': '--with',
  '-p': '--python',
  '-i': '--index-url',
  '-f': '--find-links',
  '-c': '--constraints',
  '-b': '--build-constraints',
  '-C': '--config-setting',
  '-P': '--upgrade-package',
  '-U': '--upgrade',
  '-n': '--no-cache',
  '-q': '--quiet',
  '-v': '--verbose',
};

function all(kind: Kind, ...names: string[]): Record<string, Kind> {
  return Object.fromEntries(names.flatMap((line) => line.split(' ')).map((name) => [name, kind]));
}

/** What a command of `uvx` or `uv tool run` asks for; undefined for any other program. */
export function wantedOfPypi(command: string, args: readonly string[]): Asked | undefined {
  const program = programName(command);
  if (program === 'uvx') return asked('uvx', args);
  if (program !== 'uv') return undefined;
  const at = args.findIndex((word, i) => word === 'tool' && args[i + 1] === 'run');
  // In front of `tool`, only options may stand.
  if (at < 0 || args.slice(0, at).some((word) => !word.startsWith('-'))) return undefined;
  return asked('uv', [...args.slice(0, at), ...args.slice(at + 2)]);
}

function asked(runner: 'uv' | 'uvx', words: readonly string[]): Asked {
  const further: string[] = [];
  const options: string[] = [];
  let from: string | undefined;
  let python: string | undefined;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') {
      at += 1;
      break;
    }
    if (!word.startsWith('-')) break;
    const [name, inline] = optionOf(word);
    const kind = OPTIONS[name];
    const takes =
      /^--(from|with|python)$/.test(name) || kind === 'value' || kind === 'path' || kind === 'dropped-value';
    const value = takes ? (inline ?? words[++at] ?? '') : '';
    if (name === '--from') from = value;
    // Commas part packages, but not the bounds of a version.
    else if (name === '--with') further.push(...value.split(/,(?=\s*[A-Za-z])/));
    else if (name === '--python') python = value;
    else if (kind === undefined) return { cannot: 'option', word: name };
    // The lock may be read in other folders; and a login would stand in it, which is shared.
    else if (kind === 'path' && !isPlaced(value)) return { cannot: 'option', word: name };
    else if (/\/\/[^/]*@/.test(value)) return { cannot: 'option', word: name };
    else if (kind === 'flag') options.push(name);
    else if (kind === 'value' || kind === 'path') options.push(`${name}=${value}`);
  }
  const named = words[at];
  if (named === undefined || named === '') return { cannot: 'no-package' };
  const specs: string[] = [];
  for (const spec of [from ?? named, ...further]) {
    const requirement = requirementOf(spec);
    if (requirement === undefined) return { cannot: 'not-in-registry', word: spec };
    specs.push(requirement);
  }
  const [first, ...others] = specs;
  const command = from === undefined ? /^[\w.-]+/.exec(named)![0] : named;
  if (!/^[\w.+-]+$/.test(command)) return { cannot: 'option', word: command };
  // uvx takes the command that is spelled as the package is asked for.
  const bin = from === undefined && command === normalizedName(command) ? undefined : command;
  // `uvx python` is Python itself, and no package.
  if (from === undefined && /^python[\d.]*$/.test(command)) return { cannot: 'not-in-registry', word: named };
  return {
    wanted: {
      ...{ registry: 'pypi', runner, specs: [first!, ...others], bin, options, args: words.slice(at + 1) },
      ...(python === undefined ? {} : { python }),
    },
  };
}

function optionOf(word: string): [name: string, inline: string | undefined] {
  if (!word.startsWith('--')) {
    const long = SHORT[word.slice(0, 2)] ?? word;
    // `-p3.12`, `-qq`
    return [long, word.length > 2 && !/^-[qv]+$/.test(word) ? word.slice(2).replace(/^=/, '') : undefined];
  }
  const equals = word.indexOf('=');
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** The requirement (PEP 508) of what uvx takes, `name@1.2` and `name@latest` among it; undefined for addresses, paths, repositories. */
export function requirementOf(spec: string): string | undefined {
  const [, name, extras = '', rest = ''] =
    /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[\w\s.,-]*\])?\s*(.*)$/.exec(spec.trim()) ?? [];
  if (name === undefined) return undefined;
  if (rest === '') return `${name}${extras}`;
  if (rest.startsWith('@')) {
    const version = rest.slice(1).trim();
    if (version === 'latest') return `${name}${extras}`;
    return /^[\w.!+-]+$/.test(version) ? `${name}${extras}==${version}` : undefined;
  }
  return /^[=<>!~]/.test(rest) ? `${name}${extras}${rest}` : undefined;
}

/** A name as the index compares it (PEP 503). */
export function normalizedName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** Whether a word is an option that a lock may have. */
export function isOption(word: string): boolean {
  const [name, value] = optionOf(word);
  const kind = OPTIONS[name];
  return kind === 'flag' ? value === undefined : (kind === 'value' || kind === 'path') && value !== undefined;
}

/** Whether a file or address means the same from every folder. */
function isPlaced(value: string): boolean {
  return /^\w[\w+.-]+:/.test(value) || isAbsolute(value);
}

/** Programs that start the program named by their first plain argument. */
const RUNNERS = new Set([
  'npx',
  'bunx',
  'pnpx',
  'uvx',
  'pipx',
  'npm',
  'pnpm',
  'yarn',
  'bun',
  'deno',
  'uv',
  'docker',
  'podman',
]);
const INTERPRETERS =
  /^(node|nodejs|tsx|ts-node|python[\d.]*|pythonw|py|ruby|php|perl|bash|sh|zsh|pwsh|powershell|java|dotnet)$/;
const SUBCOMMANDS = new Set(['exec', 'run', 'dlx', 'x', 'tool', 'create', 'start']);
/** Options that take a value, so the next word is not the program. */
const WITH_VALUE =
  /^(-p|--package|-c|--call|--from|--with|--python|--index-url|-e|--env|--env-file|-v|--volume|--mount|--name|--network|-r|--require|--import|--loader|-X|-W|--directory|--project)$/;

/** A short name for a command: `npx -y @scope/server-memory@1` is `server-memory`. Letters, digits, `.`, `_`, `-`. */
export function commandName(command: string, args: readonly string[]): string {
  const program = baseName(command);
  if (!RUNNERS.has(program) && !INTERPRETERS.test(program)) return safe(program);
  return safe(whatRuns(program, args) ?? program);
}

/** Programs that read a command line themselves, and fill in `$HOME` and `~`. */
export const SHELLS = /^(bash|sh|zsh|dash|ash|ksh|mksh|fish)$/;

/** The name of a script: its file name without the extension. */
export function scriptName(file: string): string {
  return safe(baseName(file));
}

function whatRuns(program: string, args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    // python -m module
    if (word === '-m' && args[i + 1] !== undefined) return args[i + 1];
    if (WITH_VALUE.test(word)) i += 1;
    else if (!word.startsWith('-') && !(RUNNERS.has(program) && SUBCOMMANDS.has(word))) {
      return baseName(RUNNERS.has(program) ? withoutVersion(word) : word);
    }
  }
  return undefined;
}

/** `@scope/name@1.2` and `image:tag` without what follows the name. */
function withoutVersion(word: string): string {
  return word
    .replace(/(?<=[^/])@[^/]*$/, '')
    .replace(/:[\w.-]+$/, '')
    .replace(/[=<>~!].*$/, '');
}

function baseName(path: string): string {
  const last = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  return last.replace(/\.(exe|cmd|bat|com|[cm]?[jt]s|py|rb|php|pl|sh|jar|dll)$/i, '');
}

function safe(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '') || 'command';
}

/** Programs whose first start of a server may take minutes, because they download it. */
const FETCHERS = new Set(['npx', 'pnpx', 'bunx', 'uvx', 'uv', 'pipx', 'docker', 'podman', 'deno']);

/** The program that may download the server first; undefined: none. Windows needs `cmd /c npx`, so the first words count. */
export function fetcherOf(command: string, args: readonly string[]): string | undefined {
  return [command, ...args]
    .join(' ')
    .split(' ', 3)
    .map((word) => word.replace(/^.*[/\\]/, '').replace(/\.(?:exe|cmd)$/i, ''))
    .find((name) => FETCHERS.has(name));
}

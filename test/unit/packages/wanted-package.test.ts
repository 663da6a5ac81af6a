import { expect, test } from 'vitest';
import { lockKey, wantedPackage } from '../../../src/packages/wanted-package.js';

/** `key | arguments`, or why not. */
function asked(line: string): string | undefined {
  const [command = '', ...args] = line.split(' ');
  const found = wantedPackage(command, args);
  if (found === undefined) return undefined;
  if ('cannot' in found) return `cannot: ${found.cannot}${found.word === undefined ? '' : ` ${found.word}`}`;
  const rest = found.wanted.args.join(' ');
  return `${lockKey(found.wanted)}${rest === '' ? '' : ` | ${rest}`}`;
}

test.each<[string, string | undefined]>([
  ['npx -y @scope/server@1.2 --flag -y', 'npm:@scope/server@1.2 | --flag -y'],
  ['npx server', 'npm:server'],
  ['npx -y server@latest', 'npm:server@latest'],
  ['npx -y server@^1.2.0 a', 'npm:server@^1.2.0 | a'],
  ['npx -y -- server --x', 'npm:server | --x'],
  ['npx --yes --quiet --package=a@1 -p b cmd --p', 'npm:a@1 b --bin=cmd | --p'],
  ['npx -y -p @scope/tools@2 -- cmd -c x', 'npm:@scope/tools@2 --bin=cmd | -c x'],
  ['npx -y --registry https://r.example/ server', 'npm:server --registry=https://r.example/'],
  ['npx -y --registry=https://r.example/ server', 'npm:server --registry=https://r.example/'],
  ['npx -y --ignore-scripts server', 'npm:server --ignore-scripts'],
  ['npx --prefer-offline -y --cache /tmp/x server', 'npm:server'],
  ['npx -y --registry=https://user:pass@r.example/ server', 'cannot: option --registry'],
  ['npx -c server', 'cannot: shell'],
  ['npx -p server --call=server', 'cannot: shell'],
  ['npx --no server', 'cannot: fetches-nothing'],
  ['npx --no-install server', 'cannot: fetches-nothing'],
  ['npx -y --node-options=--inspect server', 'cannot: option --node-options'],
  ['npx -w ws server', 'cannot: option -w'],
  ['npx -y', 'cannot: no-package'],
  ['npx ./folder', 'cannot: not-in-registry ./folder'],
  ['npx -y github:user/repo', 'cannot: not-in-registry github:user/repo'],
  ['npx -y user/repo', 'cannot: not-in-registry user/repo'],
  ['npx -y https://host/a.tgz', 'cannot: not-in-registry https://host/a.tgz'],
  ['npx -y alias@npm:server@1', 'cannot: not-in-registry alias@npm:server@1'],
  ['npm exec server', 'npm:server'],
  ['npm exec -y -- server --flag', 'npm:server | --flag'],
  ['npm x --yes server a -- --flag', 'npm:server | a --flag'],
  ['npm --yes exec --package=a -- cmd', 'npm:a --bin=cmd'],
  // npm takes it for an option of its own.
  ['npm exec -y server --flag', 'cannot: option --flag'],
  ['npm run build', undefined],
  ['npm install exec', undefined],
  ['bunx server --flag', 'npm:server --ignore-scripts | --flag'],
  ['bunx --bun server', 'cannot: option --bun'],
  ['bun x server', 'npm:server --ignore-scripts'],
  ['bun run server', undefined],
  ['pnpm dlx server@1 a', 'npm:server@1 --ignore-scripts | a'],
  ['pnpm --silent dlx --package=a cmd', 'npm:a --bin=cmd --ignore-scripts'],
  ['pnpx server', 'npm:server --ignore-scripts'],
  ['pnpm install', undefined],
  ['cmd /c npx -y server', 'npm:server'],
  ['cmd.exe /C npx.cmd -y server a', 'npm:server | a'],
  ['cmd /c node server.js', undefined],
  [String.raw`C:\Program_Files\nodejs\npx.cmd -y server`, 'npm:server'],
  ['/usr/local/bin/npx -y server', 'npm:server'],
  ['node server.js', undefined],
  ['docker run npx', undefined],
])('%s asks for %s', (line, expected) => {
  expect(asked(line)).toBe(expected);
});

test('servers that ask alike share a key, whatever their runner and their arguments', () => {
  const keys = ['npx -y server@1 a', 'npx server@1', 'npm exec -- server@1 --b'].map(asked);
  expect(new Set(keys.map((key) => key?.split(' | ')[0]))).toEqual(new Set(['npm:server@1']));
});

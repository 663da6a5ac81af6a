import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fetchedPackage } from '../../../../src/config/kinds/stdio/fetched-package.js';
import type { ServerPlan } from '../../../../src/config/plan.js';
import { judgeRegistry, reachRegistry, registryTargets } from '../../../../src/daemon/doctor/registry.js';

test.each<[string, string | undefined]>([
  ['npx -y @scope/server@1.2', 'npm @scope/server'],
  ['npx --package=tool -- bin', 'npm tool'],
  ['npx ./folder', 'npm -'],
  ['npm exec --yes pkg', 'npm pkg'],
  ['npm run build', undefined],
  ['cmd /c npx -y pkg', 'npm pkg'],
  [String.raw`C:\node\npx.cmd -y pkg`, 'npm pkg'],
  ['uvx mcp-server-time', 'pypi mcp-server-time'],
  ['uvx --python 3.12 mcp-server-time@latest --local', 'pypi mcp-server-time'],
  ['uvx --from mcp[cli]>=1.2 mcp', 'pypi mcp'],
  ['uvx --from git+https://host/repo mcp', 'pypi -'],
  ['uv tool run ruff==0.5', 'pypi ruff'],
  ['uv run server.py', 'pypi -'],
  ['uv pip list', undefined],
  ['node server.js', undefined],
])('%s downloads %s', (line, expected) => {
  const [command = '', ...args] = line.split(' ');
  const found = fetchedPackage(command, args);
  expect(found && `${found.registry} ${found.name ?? '-'}`).toBe(expected);
});

const server = (name: string, args: string[], env: Record<string, string>): ServerPlan =>
  ({ name, kind: 'stdio', launch: { command: 'uvx', args, cwd: '/', env }, options: {} }) as never;

test('the index of uv is asked for each package once, without its login, by the proxy of the server', async () => {
  const asked: string[] = [];
  const index = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(request.url === '/simple/there' ? 200 : 404).end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void index.close());
  await once(index, 'listening');
  const { port } = index.address() as AddressInfo;
  const env = { UV_DEFAULT_INDEX: `http://user:login-of-index@127.0.0.1:${port}/simple` };
  const servers = [
    server('a', ['there'], env),
    server('b', ['there'], env),
    server('c', ['missing'], env),
    server('d', ['there'], { HTTPS_PROXY: 'http://proxy.example:3128' }),
  ];
  const { signal } = new AbortController();
  const targets = await registryTargets(servers, signal);
  expect(
    targets.map(({ registry, pkg, servers: of, proxy }) => [registry.href, pkg, of.join(), String(proxy)]),
  ).toEqual([
    [`http://127.0.0.1:${port}/simple/`, 'there', 'a,b', 'undefined'],
    [`http://127.0.0.1:${port}/simple/`, 'missing', 'c', 'undefined'],
    ['https://pypi.org/simple/', 'there', 'd', 'proxy.example:3128'],
  ]);
  const judged = await Promise.all(
    targets.slice(0, 2).map(async (target) => judgeRegistry(target, await reachRegistry(target, signal))),
  );
  expect(judged.map(({ id, about }) => `${id} ${about}`)).toEqual(['registry-ok a, b', 'package-missing c']);
  expect(asked.sort()).toEqual(['/simple/missing undefined', '/simple/there undefined']);
});

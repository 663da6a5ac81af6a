import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, root } from '../helpers/cli.js';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { ended, run } from './programs.js';

/** The shell blocks of a page below a comment that names this file. */
function blocksOf(page: string): string[] {
  const mark = /<!-- run by test\/deploy\/readme\.test\.ts -->\n```sh\n(.*?)```/gs;
  return [...readFileSync(join(root, page), 'utf8').matchAll(mark)].map(([, script]) => script!);
}

/** Runs a block as a reader does, in a folder that has deploy/load and the program. */
function shell(script: string, cwd: string) {
  const bin = join(cwd, '.path');
  mkdirSync(bin, { recursive: true });
  const own = {
    'mcp-pipe': `exec "${process.execPath}" "${root}/bin/mcp-pipe.js" "$@"`,
    k6: 'echo "k6 $*"; env',
  };
  for (const [name, text] of Object.entries(own))
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const child = spawn('bash', ['-euc', script], {
    cwd,
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      LC_ALL: 'C',
      DOMAIN: 'mcp.example.com',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return ended(child);
}

function clone(cwd: string): void {
  mkdirSync(join(cwd, 'deploy'));
  cpSync(join(root, 'deploy/load'), join(cwd, 'deploy/load'), { recursive: true });
  for (const name of ['bin', 'dist', 'examples', 'node_modules', 'package.json'])
    symlinkSync(join(root, name), join(cwd, name));
}

test('the certificate of deploy/README.md is one that nginx takes, of that name', async () => {
  const cwd = await folder();
  const [script = ''] = blocksOf('deploy/README.md');
  mkdirSync(join(cwd, 'secrets/tls'), { recursive: true });
  const { code, output } = await shell(script, cwd);
  expect(code, output).toBe(0);
  for (const name of ['fullchain.pem', 'privkey.pem'])
    expect(statSync(join(cwd, 'secrets/tls', name)).mode & 0o777).toBe(0o444);
  const shown = run('openssl', ['x509', '-in', join(cwd, 'secrets/tls/fullchain.pem'), '-noout', '-text']);
  expect(shown.output).toContain('DNS:mcp.example.com');
});

test('the commands of deploy/load/README.md put load on a gateway of their own, and on a deployment', async () => {
  // The gateway's folder is the clone of a reader.
  const calculator = program(join(root, 'examples/calculator.js'));
  const gateway = await gatewayProgram({
    mcpServers: { calculator },
    gateway: { keys: { an: 'the-key-of-this-test-0' }, keyFile: 'keys.json' },
  });
  clone(gateway.cwd);
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(scripts.load).toBe('npm run --silent build && node deploy/load/load.mjs');
  // Built is it already; and what is shown is a load for minutes, on a machine with nothing else to do.
  const typed = blocksOf('deploy/load/README.md').map((script) =>
    script
      .replaceAll(/npm run load( --)?/g, 'node deploy/load/load.mjs')
      .replaceAll('https://mcp.example.com', gateway.origin)
      .replaceAll('\\\n', ' ')
      .replaceAll(/load\.mjs([^#\n]*)/g, 'load.mjs$1 --users 2 --seconds 1 --p95 60000 '),
  );
  expect(typed).toHaveLength(3);
  for (const script of typed) {
    const { code, output } = await shell(script, gateway.cwd);
    expect(code, `${script}\n${output}`).toBe(0);
    if (!script.includes('k6 run')) continue;
    expect(output).toContain('k6 run deploy/load/k6.js');
    const key = readFileSync(join(gateway.cwd, 'load.key'), 'utf8').trim();
    const given = { MCP_URL: gateway.url('calculator'), MCP_KEY: key, MCP_TOOL: 'calculate' };
    for (const [name, value] of Object.entries(given)) expect(output).toContain(`${name}=${value}\n`);
    // The names are those that the script reads.
    const read = readFileSync(join(root, 'deploy/load/k6.js'), 'utf8').matchAll(/__ENV\.(\w+)/g);
    expect(new Set([...read].map(([, name]) => name))).toEqual(
      new Set([...output.matchAll(/^(MCP_(?!PIPE)\w+)=/gm)].map(([, name]) => name)),
    );
  }
  for (const [file, url] of [
    ['load-test.json', null],
    ['deploy/state/production/load-test.json', gateway.url('calculator')],
  ] as const) {
    expect(existsSync(join(gateway.cwd, file)), file).toBe(true);
    expect(JSON.parse(readFileSync(join(gateway.cwd, file), 'utf8'))).toMatchObject({ passed: true, url });
  }
});

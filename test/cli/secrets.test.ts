import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

/** Each handed over in another way, with characters that are spelled differently here and there. */
const secrets = {
  inline: 'eyJhbGciOiJFUzI1NiJ9.aW5saW5lLXRva2Vu.c2lnbmF0dXJl+/=',
  fromDotEnv: 'dot-env/token+with=odd&characters',
  fromFile: 'file-token-öäü-0123456789',
  own: 'api-key-of-one-server-only-42',
};

it.each([
  ['json', 'pipe'],
  ['pretty', 'pipe'],
  ['json', 'mux'],
])(
  'a full run at trace level leaves no secret anywhere it does not belong (%s, mode %s)',
  async (format, mode) => {
    const cwd = await folder();
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    const url = (token: string) => `ws://127.0.0.1:${fake.port}/mcp/?token=${encodeURIComponent(token)}`;
    const names = ['inline', 'dotenv', 'file'] as const;
    const variable = (name: string) => ['$', '{', name, '}'].join('');
    const server = (name: string, env = {}) => ({
      command: process.execPath,
      args: [fixture('leaky.mjs')],
      env: { DUMP: join(cwd, `${name}.env`), ...env },
    });
    await writeFile(
      join(cwd, 'mcp_config.json'),
      JSON.stringify({
        mcpServers: {
          inline: { ...server('inline', { API_KEY: variable('API_KEY') }), endpoint: url(secrets.inline) },
          dotenv: server('dotenv'),
          file: { ...server('file'), endpoint: variable('FILE_ENDPOINT') },
        },
        mode,
        settings: { minDelayMs: 20, maxDelayMs: 100, stableAfterMs: 50 },
      }),
    );
    await writeFile(join(cwd, '.env'), `MCP_ENDPOINT_DOTENV=${url(secrets.fromDotEnv)}\n`);
    await writeFile(join(cwd, 'endpoint.secret'), `${url(secrets.fromFile)}\n`);
    const cli = new Cli(['--log-level', 'trace', '--log-format', format], {
      cwd,
      env: { FILE_ENDPOINT_FILE: join(cwd, 'endpoint.secret'), API_KEY: secrets.own },
    });

    // Life goes on through a drop, a refusal, a crash and a call, each of which has words of its own.
    await eventually(() => fake.connections.length >= names.length);
    const socketsOfFirstRound = fake.connections.slice(0, names.length);
    for (const connection of socketsOfFirstRound) await connection.greet();
    socketsOfFirstRound[0]!.socket.close(1008, `bad token ${secrets.inline}`);
    socketsOfFirstRound[1]!.socket.close(4004, url(secrets.fromDotEnv));
    const third = socketsOfFirstRound[2]!;
    third.begin(1, 'echo', { text: secrets.fromFile });
    await third.reply(1);
    third.send(`this is no JSON ${secrets.inline}`);
    third.begin(2, 'exit', { code: 3 });
    await third.reply(2);
    third.tcp.destroy();
    await eventually(() => fake.connections.length > names.length + 1);

    const ps = execFileSync('ps', ['-o', 'args=', '-p', String(cli.pid)], { encoding: 'utf8' });
    const environments = await Promise.all(names.map((name) => readFile(join(cwd, `${name}.env`), 'utf8')));
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    // It has talked about all of this, so that there was something to hide.
    expect(cli.stderr).toMatch(/my environment is/);
    expect(cli.stderr).toMatch(/my key is \[redacted\]/);
    expect(cli.stderr).toMatch(/1008/);

    for (const token of [secrets.inline, secrets.fromDotEnv, secrets.fromFile]) {
      for (const spelled of new Set([token, encodeURIComponent(token), JSON.stringify(token).slice(1, -1)])) {
        for (const output of [cli.stdout, cli.stderr, ps, ...environments])
          expect(output).not.toContain(spelled);
      }
    }
    expect(cli.stderr).not.toContain(secrets.own);
    expect(environments[0]).toContain(secrets.own);
    for (const other of environments.slice(1)) expect(other).not.toContain(secrets.own);
  },
);

it('a token given with --endpoint is not to be seen in ps', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const token = 'token-from-the-command-line';
  const cli = new Cli(['--endpoint', fake.endpoint(token).href, fixture('basic.mjs')], {
    cwd: await folder(),
  });
  await fake.connection();
  expect(readFileSync(`/proc/${cli.pid}/cmdline`, 'latin1')).not.toContain(token);
});

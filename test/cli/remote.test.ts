import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { remoteServer } from '../helpers/remote-server.js';

const TOKEN = 'made-up-token-0123456789';
const LOGIN = `Authorization: Bearer ${TOKEN}`;
/** `${name}`, as configurations write it. */
const ref = (name: string) => ['$', '{', name, '}'].join('');

let cwd: string;
beforeEach(async () => {
  cwd = await folder();
});

async function ended(args: string[]) {
  const cli = new Cli(args, { cwd, env: { HOME: cwd } });
  const code = await cli.exited;
  for (const output of [cli.stdout, cli.stderr]) expect(output).not.toContain(TOKEN);
  return { code, stdout: cli.stdout, stderr: cli.stderr };
}

describe('a remote server on the command line', () => {
  it('is called at its address, with a header from .env', async () => {
    const server = await remoteServer({ needs: { Authorization: `Bearer ${TOKEN}` } });
    await writeFile(join(cwd, '.env'), `T=${TOKEN}\n`);
    const header = `Authorization: Bearer ${ref('T')}`;
    const called = await ended(['call', server.url, 'add', 'a=2', 'b=3', '-H', header]);
    expect(called).toEqual({ code: 0, stdout: '5\n', stderr: '' });
  });

  it('is listed with --http', async () => {
    const server = await remoteServer({ answers: 'events' });
    const { code, stdout } = await ended(['tools', '--http', server.url, '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, [{ name: 'add' }, { name: 'echo' }]]);
  });

  it('runs on an endpoint, named by its host, and its token is in no line', async () => {
    const server = await remoteServer();
    const address = `${server.url}?key=${TOKEN}`;
    const env = { HOME: cwd, LOG_FORMAT: 'json' };
    const cli = new Cli(['--local', '--http', address, '--header', LOGIN, '--log-level', 'debug'], {
      cwd,
      env,
    });
    expect(await cli.event('open')).toMatchObject({ link: '127.0.0.1' });
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    expect(cli.stdout + cli.stderr).not.toContain(TOKEN);
    expect(server.requests[0]!.path).toBe(`/mcp?key=${TOKEN}`);
  });
});

describe('mcp-pipe add of a remote server', () => {
  const added = async (...args: string[]) => {
    const { code } = await ended(['add', ...args]);
    expect(code).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(join(cwd, 'mcp_config.json'), 'utf8')) as {
      mcpServers: Record<string, object>;
    };
    return mcpServers;
  };

  it('is written as in claude mcp add; what is secret goes to .env', async () => {
    const url = 'https://mcp.example.com/mcp';
    await added('one', '--transport', 'http', url, '--header', LOGIN, '-H', 'X-Region: vn');
    await added('-s', 'user', '-t', 'sse', 'two', `${url}?api_key=${TOKEN}`);
    await added('four', url, '--client-id', 'me', '--callback-port', '8080');
    const servers = await added(
      'three',
      JSON.stringify({ type: 'http', url, headers: { 'X-Api-Key': TOKEN } }),
    );
    expect(servers).toEqual({
      one: { type: 'http', url, headers: { Authorization: ref('ONE_AUTHORIZATION'), 'X-Region': 'vn' } },
      two: { type: 'sse', url: ref('TWO_URL') },
      four: { url, oauth: { clientId: 'me', redirectPort: 8080 } },
      three: { type: 'http', url, headers: { 'X-Api-Key': ref('THREE_X_API_KEY') } },
    });
    const env = readFileSync(join(cwd, '.env'), 'utf8');
    expect(env).toBe(
      `ONE_AUTHORIZATION=Bearer ${TOKEN}\nTWO_URL=${url}?api_key=${TOKEN}\nTHREE_X_API_KEY=${TOKEN}\n`,
    );
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Cli, folderAndEndpoint } from '../helpers/cli.js';
import { fixture } from '../helpers/link.js';

it('commands that edit the configuration tell the running mcp-pipe, which takes it over or says why not', async () => {
  const { cwd, fake } = await folderAndEndpoint();
  const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
  const file = join(cwd, 'mcp_config.json');
  await writeFile(
    file,
    JSON.stringify({ mcpServers: { first: basic, second: { ...basic, disabled: true } } }),
  );
  const env = { MCP_ENDPOINT: fake.endpoint().href, MCP_PIPE_CONTROL: join(cwd, 'socket') };
  const end = async (...args: string[]) => {
    const cli = new Cli(args, { cwd, env });
    return {
      code: await cli.exited,
      text: cli.stdout.replace(/\s+/g, ' '),
      json: () => JSON.parse(cli.stdout),
    };
  };
  expect((await end('enable', 'second')).text).toMatch(/Next: mcp-pipe $/);
  expect((await end('disable', 'second', '--json')).json()).toMatchObject({
    running: { outcome: 'not-running' },
  });

  const daemon = new Cli([], { cwd, env });
  await daemon.event('open');
  const { pid } = daemon;
  expect(await end('enable', 'second')).toMatchObject({
    code: 0,
    text: expect.stringMatching(`\\(pid ${pid}\\) took it over: second started; link \\S+ `),
  });
  expect((await end('enable', 'second')).text).toContain('nothing that it runs has changed');
  expect((await end('disable', 'first', '--lang', 'vi')).text).toMatch(
    /đã áp dụng ngay: first đã dừng; link \S+ được kết nối mới\./,
  );

  const left = await end('disable', 'second', '--no-reload');
  expect(left).toMatchObject({ code: 0, text: expect.stringContaining('mcp-pipe stop ends it') });
  expect(left.text).not.toContain(`pid ${pid}`);
  const refused = await end('disable', 'second', '--json');
  expect(refused.code).toBe(1);
  expect(refused.json().running).toMatchObject({
    ...{ outcome: 'refused', pid },
    findings: [{ code: 'CONFIG_NO_SERVERS', text: expect.stringContaining('at least one enabled server') }],
  });

  await writeFile(join(cwd, 'other.json'), JSON.stringify({ mcpServers: { first: basic } }));
  const other = await end('disable', 'first', '-c', 'other.json');
  expect(other.text).toContain(`(pid ${pid}) runs with ${file}, and was not told.`);
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
});

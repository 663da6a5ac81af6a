import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

/** `${name}`, as configurations write it. */
const ref = (name: string) => ['$', '{', name, '}'].join('');
const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
const AGENTS = {
  kitchen: { endpoint: ref('T_1') },
  office: { endpoint: ref('T_2'), tools: { music: { allow: ['whoami', 'env'] }, memory: ['echo'] } },
};

/** A folder with two agents, each with an endpoint of its own. */
async function house(agents: object = AGENTS) {
  const fakes = await Promise.all([FakeEndpoint.start(), FakeEndpoint.start()]);
  for (const fake of fakes) onTestFinished(() => fake.close());
  const cwd = await folder();
  const mcpServers = {
    music: basic,
    memory: { ...basic, share: 'agent', env: { FILE: `${ref('AGENT')}.json` } },
  };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, agents }));
  const addresses = fakes.map((fake, i) => fake.endpoint(`made-up-token-${i}`).href);
  const env = { HOME: cwd, XDG_RUNTIME_DIR: cwd, T_1: addresses[0]!, T_2: addresses[1]!, NO_COLOR: '1' };
  return { cwd, env, kitchen: fakes[0]!, office: fakes[1]! };
}

/** The end of a stopped copy. */
async function stop(cli: Cli): Promise<void> {
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
}

describe('two agents', () => {
  it('share one process, have one of their own, and see what their filters allow', async () => {
    const { cwd, env, ...endpoints } = await house();
    const cli = new Cli([], { cwd, env });
    const [kitchen, office] = await Promise.all(
      [endpoints.kitchen, endpoints.office].map(async (fake) => {
        const connection = await fake.connection();
        await connection.greet();
        return connection;
      }),
    );
    const namesOf = async (connection: typeof kitchen) =>
      (await connection!.call('list', 'tools/list')).result.tools.map(({ name }: { name: string }) => name);
    const [inKitchen, inOffice] = [await namesOf(kitchen), await namesOf(office)];
    expect(inKitchen).toEqual(expect.arrayContaining(['music__whoami', 'memory__whoami', 'memory__echo']));
    expect(inOffice).toEqual(['whoami', 'env', 'echo']);
    // One process for both, and one each.
    const pid = await kitchen!.tool(1, 'music__whoami');
    expect(await office!.tool(2, 'whoami')).toBe(pid);
    expect(await kitchen!.tool(3, 'memory__whoami')).not.toBe(pid);
    expect(await kitchen!.tool(4, 'memory__env', { name: 'FILE' })).toBe('kitchen.json');
    for (const name of ['T_1', 'T_2'])
      expect(await office!.tool(`env ${name}`, 'env', { name })).not.toContain('made-up');
    const refused = await office!.call(5, 'tools/call', { name: 'counter', arguments: {} });
    expect(refused.error ?? refused.result.isError).toBeTruthy();
    // What happens to one agent is no business of the other.
    office!.close(4004);
    expect(await kitchen!.tool(6, 'music__whoami')).toBe(pid);
    expect(cli.stdout + cli.stderr).not.toContain('made-up');
    await stop(cli);
  });

  it('are checked and run one alone with --agent', async () => {
    const { cwd, env, office } = await house();
    const check = new Cli(['check', '--agent', 'office', '--json'], { cwd, env });
    expect(await check.exited).toBe(0);
    const { plan } = JSON.parse(check.stdout);
    expect(plan.servers.map(({ name }: { name: string }) => name)).toEqual(['music', 'memory@office']);
    const text = new Cli(['check', '--agent', 'office'], { cwd, env });
    expect(await text.exited).toBe(0);
    expect(text.stdout).toContain('Next: mcp-pipe --agent office');
    const cli = new Cli(['--agent', 'office'], { cwd, env });
    await (await office.connection()).greet();
    const links = () => cli.log.filter(({ event }) => event === 'open').map(({ link }) => link);
    await eventually(() => links().length > 0);
    expect(links()).toEqual(['office']);
    await stop(cli);
  });

  it('have an address each with --local, though no token is set', async () => {
    const { cwd, env } = await house();
    const cli = new Cli(['--local'], { cwd, env: { ...env, T_1: '', T_2: '' } });
    const links = () => cli.log.filter(({ event }) => event === 'open').map(({ link }) => String(link));
    await eventually(() => links().length === 2);
    expect(links().sort()).toEqual(['kitchen', 'office']);
    await stop(cli);
  });

  it('have servers that tools lists once for each process', async () => {
    const { cwd, env } = await house();
    const cli = new Cli(['tools'], { cwd, env });
    expect(await cli.exited).toBe(0);
    expect(cli.stdout.match(/^\S+: \d+ tools?$/gm)).toHaveLength(3);
  });

  it('have processes of their own that call reaches by their names, and starts no second time', async () => {
    const { cwd, env } = await house();
    const file = async (server: string) => {
      const cli = new Cli(['call', server, 'env', 'name=FILE'], { cwd, env });
      expect(await cli.exited).toBe(0);
      return cli.stdout.trim();
    };
    expect([await file('memory@kitchen'), await file('memory')]).toEqual(['kitchen.json', 'kitchen.json']);
    const filtered = new Cli(['tools', 'memory@office'], { cwd, env });
    expect(await filtered.exited).toBe(0);
    const { cwd: other } = await house({ ...AGENTS, office: { endpoint: ref('T_2'), servers: ['music'] } });
    const without = new Cli(['call', 'memory@office', 'env', 'name=FILE'], { cwd: other, env });
    expect(await without.exited).toBe(2);
    const running = new Cli([], { cwd, env });
    await running.event('open');
    const whoami = async (server: string) => {
      const cli = new Cli(['call', server, 'whoami'], { cwd, env });
      expect(await cli.exited).toBe(0);
      return cli.stdout;
    };
    await eventually(async () => (await whoami('memory')) === (await whoami('memory@kitchen')));
    await stop(running);
  });

  it.each([
    [['--agent', 'kitchn'], 'Did you mean kitchen?'],
    [['office'], 'mcp-pipe --agent office'],
    [['tools', 'office'], 'office is an agent, not a server; its servers: '],
  ])('%j is a wrong usage, and says what is right', async (args, next) => {
    const { cwd, env } = await house();
    const cli = new Cli(args, { cwd, env });
    expect(await cli.exited).toBe(2);
    expect(cli.stderr).toContain(next);
  });

  it('with spaces in its name is quoted in the advice, and the advice works', async () => {
    const { cwd, env } = await house({ 'living room': AGENTS.kitchen, office: AGENTS.office });
    const several = new Cli(['probe', '--yes'], { cwd, env });
    expect(await several.exited).toBe(2);
    expect(several.stderr).toContain('--token-of "living room"');
    // While it runs, the name of a process of it is near its own.
    const running = new Cli([], { cwd, env });
    await running.event('open');
    const tools = new Cli(['tools', 'living room'], { cwd, env });
    expect(await tools.exited).toBe(2);
    expect(tools.stderr).toContain('mcp-pipe --agent "living room"');
    await stop(running);
  });
});

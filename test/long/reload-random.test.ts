import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openControl } from '../../src/faces/control/client.js';
import type { HealthReport } from '../../src/observe/health.js';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { seeded } from '../helpers/faulty-caller.js';
import { isAlive } from '../helpers/is-alive.js';
import { fixture } from '../helpers/link.js';

const SEED = Number(process.env.SEED ?? 20_261_126);
const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** An endpoint that initialises each connection, and calls the tool whose name ends like this without a pause. */
async function callingEndpoint(tool?: string) {
  const counts = { answered: 0 };
  const wrong: string[] = [];
  const call = async (connection: FakeConnection) => {
    await connection.greet();
    if (!tool) return;
    const { result } = await connection.call('tools', 'tools/list');
    const name = result.tools.map((one) => one.name).find((one) => one.endsWith(tool))!;
    for (let id = 1; !connection.isClosed; id++) {
      const text = await connection.tool(id, name, { text: `${id}` });
      if (text === `${id}`) counts.answered += 1;
      else wrong.push(text);
    }
  };
  const fake = await FakeEndpoint.start({
    onConnection: (connection) => void call(connection).catch((error: Error) => wrong.push(error.message)),
  });
  onTestFinished(() => fake.close());
  return { fake, counts, wrong };
}

/** The files of a configuration; `undefined`: it does not exist. */
interface Files {
  'mcp_config.json': string;
  '.env': string;
  'key.txt': string;
}

const variable = (name: string) => `\${${name}}`;

/** Files with servers that never change, and others of which a random part is there, in random order. */
function randomFiles(random: () => number, addresses: readonly string[]): Files {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const server = (env: Record<string, string> = {}) => ({
    ...{ command: process.execPath, args: [fixture('basic.mjs')], env },
  });
  const others = NAMES.filter(() => random() < 0.6).map((name) => {
    const env = one<Record<string, string>>([
      {},
      { KEY: variable('KEY') },
      { API_KEY: variable('API_KEY') },
      { WHO: name },
    ]);
    const endpoint = one(['TOKEN_1', 'TOKEN_2', 'STAYS'].map(variable));
    const more = one<object>([{}, {}, { disabled: true }, { priority: 3 }, { tools: { deny: ['echo'] } }]);
    return [name, { ...server(env), endpoint, ...more }] as const;
  });
  const alone = ['alone', { ...server(), endpoint: variable('ALONE') }] as const;
  // With a third one beside them, for which they are a mux already.
  const stay = ['stays', 'stays-too'].map(
    (name) => [name, { ...server(), endpoint: variable('STAYS') }] as const,
  );
  // Other servers do not inherit the secrets of an entry, even of one that is switched off.
  const off = [
    'off',
    { ...server({ KEY: variable('KEY'), API_KEY: variable('API_KEY') }), disabled: true },
  ] as const;
  const entries = [...others, alone, ...stay, off].sort(() => random() - 0.5);
  const config = {
    mcpServers: Object.fromEntries(entries),
    prefix: 'always',
    // The endpoints here read no list twice.
    onListChange: 'notify',
  };
  const [first, second, third] = one([addresses, [addresses[1], addresses[0], addresses[2]]]);
  return {
    'mcp_config.json': JSON.stringify(config, null, one([0, 2])),
    '.env': `TOKEN_1=${first}\nTOKEN_2=${second}\n# ${third} ${random()}\nAPI_KEY=key-${one(['1', '2'])}\n`,
    'key.txt': one(['one', 'two']),
  };
}

/** Edits that cannot be used. */
const BROKEN = [
  (text: string) => text.slice(0, -1),
  () => '',
  (text: string) => text.replaceAll('"command"', '"comand"'),
  (text: string) => text.replace('"mcpServers"', '"mcpServer"'),
  (text: string) => text.replace('{', '{"mode":"nonsense",'),
];

/** What people and programs ask for at the same time, of the servers that come and go. */
const ASKED = ['pause', 'resume', 'restart', 'pause', 'resume', 'health', 'calls', 'reload'];

it.each([
  [200, 0],
  [60, 3],
])(
  `takes over %i random edits, while %i others ask for something, and loses no call of what is the same (seed ${SEED})`,
  async (edits, askers) => {
    const random = seeded(SEED);
    const alone = await callingEndpoint('echo');
    const stays = await callingEndpoint('stays__echo');
    const others = await Promise.all([callingEndpoint(), callingEndpoint(), callingEndpoint()]);
    const cwd = await folder();
    const env = {
      ...{ ALONE: alone.fake.endpoint().href, STAYS: stays.fake.endpoint().href, KEY_FILE: 'key.txt' },
      MCP_PIPE_CONTROL: join(cwd, 'control.sock'),
    };
    const addresses = others.map(({ fake }) => fake.endpoint().href);
    const write = (files: Files) => {
      for (const [name, text] of Object.entries(files)) {
        // Half of them as editors do.
        if (random() < 0.5) writeFileSync(join(cwd, name), text);
        else {
          writeFileSync(join(cwd, 'next'), text);
          renameSync(join(cwd, 'next'), join(cwd, name));
        }
      }
    };
    let files = randomFiles(random, addresses);
    write(files);
    const cli = new Cli(['--no-live'], { cwd, env });
    const ask = async (method: string, params = {}) => {
      const { uid } = { uid: process.getuid?.() };
      const client = await openControl([env.MCP_PIPE_CONTROL], { uid, timeoutMs: 5_000 });
      return client.ask(method, params).finally(() => client.close());
    };
    const health = async () => (await ask('health')).result as HealthReport;
    const isSettled = ({ links }: HealthReport) =>
      links.every(({ ready, members = [] }) => ready && members.every(({ state }) => state === 'ready'));
    await eventually(() => alone.counts.answered > 0 && stays.counts.answered > 0);
    const pidOf = ({ links }: HealthReport, name: string) =>
      links.flatMap((link) => [link, ...(link.members ?? [])]).find((one) => one.name === name)?.pid;
    const pids = ['alone', 'stays'].map(async (name) => pidOf(await health(), name));
    const steady = await Promise.all(pids);
    expect(steady.every((pid) => pid !== undefined && isAlive(pid))).toBe(true);

    let refused = 0;
    let isOver = false;
    const one = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)]!;
    const asker = async () => {
      while (!isOver) {
        const { error } = await ask(one(ASKED), { name: one(NAMES) });
        // The name is unknown, or the edit is refused.
        if (error) expect([-32602, -32010]).toContain(error.code);
      }
    };
    const asking = Promise.all(Array.from({ length: askers }, asker));
    for (let edit = 0; edit < edits; edit++) {
      const next = randomFiles(random, addresses);
      if (random() < 0.2) {
        const text = BROKEN[Math.floor(random() * BROKEN.length)]!(next['mcp_config.json']);
        write({ ...next, 'mcp_config.json': text });
        if (random() < 0.2) rmSync(join(cwd, 'mcp_config.json'));
        const { error } = await ask('reload');
        expect(error?.data, text).toMatchObject({ findings: expect.arrayContaining([expect.anything()]) });
        refused += 1;
        continue;
      }
      files = next;
      write(files);
      if (random() < 0.2) {
        const before = cli.log.filter(({ event }) => event === 'config-reloaded').length;
        cli.signal('SIGHUP');
        await eventually(() => cli.log.filter(({ event }) => event === 'config-reloaded').length > before);
      } else {
        const { result, error } = await ask('reload');
        expect(error, files['mcp_config.json']).toBeUndefined();
        expect(result).toMatchObject({ readAt: expect.any(Number) });
      }
      expect([alone.wrong, stays.wrong], `edit ${edit}`).toEqual([[], []]);
      if (random() < 0.2) await eventually(async () => isSettled(await health()));
    }
    isOver = true;
    await asking;
    const { paused } = (await health()) as unknown as { paused: { name: string }[] };
    for (const { name } of paused) expect((await ask('resume', { name })).error).toBeUndefined();
    // The last edit is one that can be used.
    write(files);
    expect((await ask('reload')).error).toBeUndefined();
    await eventually(async () => isSettled(await health()));
    expect([alone.wrong, stays.wrong]).toEqual([[], []]);
    const answered = [alone.counts.answered, stays.counts.answered];
    await eventually(() => alone.counts.answered > answered[0]! && stays.counts.answered > answered[1]!);

    const here = await health();
    expect([alone.fake.connections.length, stays.fake.connections.length]).toEqual([1, 1]);
    expect(['alone', 'stays'].map((name) => pidOf(here, name))).toEqual(steady);
    expect(here).toMatchObject({ configuration: { changedSince: [] }, paused: [] });
    expect(refused).toBeGreaterThan(edits / 10);
    const listed = async () => {
      const all = await Promise.all(
        [stays, ...others].map(async ({ fake }) => {
          const last = fake.connections.at(-1);
          if (!last || last.isClosed) return [];
          const { result } = await last.call(`tools-${Math.random()}`, 'tools/list');
          return result.tools.map(({ name }) => name).sort();
        }),
      );
      return all;
    };
    const tools = await listed();
    const shown = ({ links }: HealthReport) =>
      links
        // Numbers of links stay while they run: `mux-2`.
        .map(({ name, state, server, members }) => ({
          ...{ name: name.replace(/-\d+$/, ''), state, server },
          members: members?.map((member) => `${member.name} ${member.state}`),
        }))
        .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    for (const pid of steady) expect(isAlive(pid!)).toBe(false);

    const fresh = new Cli(['--no-live'], { cwd, env });
    await eventually(async () => isSettled(await health()));
    expect(shown(await health())).toEqual(shown(here));
    expect(await listed()).toEqual(tools);
    fresh.signal('SIGTERM');
    expect(await fresh.exited).toBe(0);
    console.log(
      `${edits} edits, ${refused} refused; ${alone.counts.answered + stays.counts.answered} calls answered`,
    );
  },
  600_000,
);

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cli, folderAndEndpoint } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { ingest, KEY } from '../helpers/ingest.js';
import { fixture } from '../helpers/link.js';
import { listen } from '../helpers/listen.js';

const TOKEN = 'a-token-that-is-long-enough';
/** An uncaught error in the middle of a run, whose text quotes what was being read. */
const CRASH = `process.on('SIGUSR2', () => JSON.parse('{"arguments": "secret of a person"'))`;
const server = (name: string) => ({ command: process.execPath, args: [fixture(name)] });

async function configured(config: object, env: Record<string, string>) {
  const { cwd, fake } = await folderAndEndpoint();
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify(config));
  const entries = { MCP_ENDPOINT: fake.endpoint().href, ...env };
  const lines = Object.entries(entries).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(cwd, '.env'), lines.join(''));
  return { cwd, fake };
}

test.skipIf(process.platform === 'win32')(
  'reports an error of the log, a link that is down, and the crash that ends the run; a reload moves it',
  async () => {
    const [first, second] = [await ingest(), await ingest()];
    const gone = `ws://127.0.0.1:${await freePort()}/?token=${TOKEN}`;
    const { cwd, fake } = await configured(
      {
        mcpServers: {
          good: server('basic.mjs'),
          bad: server('crash-on-start.mjs'),
          lost: { ...server('basic.mjs'), endpoint: gone },
        },
        sentry: { dsn: `\${SENTRY_DSN}`, environment: 'shed' },
        alerts: { afterMs: '1s' },
      },
      { SENTRY_DSN: first.dsn },
    );
    const crashing = `data:text/javascript,${encodeURIComponent(CRASH)}`;
    const cli = new Cli(['--no-live'], { cwd, node: ['--import', crashing] });
    const connection = await fake.connection();
    await connection.greet();
    const found = (tags: object) =>
      eventually(() => first.events.find((event) => matches(event.tags, tags)), {
        what: JSON.stringify(tags),
      });
    const logged = await found({ source: 'log', event: 'server-down', server: 'bad' });
    expect(logged).toMatchObject({ level: 'error', environment: 'shed' });
    expect(logged.tags.version).toMatch(/^\d+\.\d+/);
    expect(await found({ source: 'alert', kind: 'link-down', link: 'lost' })).toMatchObject({
      message: { formatted: 'Link lost has no connection' },
      extra: { advice: 'More: mcp-pipe health' },
    });
    writeFileSync(join(cwd, '.env'), `MCP_ENDPOINT=${fake.endpoint().href}\nSENTRY_DSN=${second.dsn}\n`);
    cli.signal('SIGHUP');
    const reloaded = await cli.event('config-reloaded');
    expect(reloaded.msg).toContain('Changed reports to Sentry hold from now on.');
    cli.signal('SIGUSR2');
    expect(await cli.exited).toBe(1);
    const crash = second.events.find(({ level }) => level === 'fatal');
    expect(crash).toMatchObject({
      tags: { source: 'crash' },
      exception: { values: [{ type: 'SyntaxError' }] },
    });
    const sent = [...first.raw, ...second.raw].join('');
    for (const secret of [TOKEN, KEY, 'secret of a person', cwd]) expect(sent).not.toContain(secret);
    expect(cli.stderr).not.toContain(KEY);
    expect([...first.wrong, ...second.wrong]).toEqual([]);
  },
);

test('a Sentry that is away is said once and slows nothing; a call goes on, and the end does not wait', async () => {
  const { cwd, fake } = await configured(
    {
      mcpServers: { good: server('basic.mjs'), bad: server('crash-on-start.mjs') },
      sentry: `\${SENTRY_DSN}`,
    },
    { SENTRY_DSN: `http://${KEY}@127.0.0.1:${await freePort()}/42` },
  );
  const cli = new Cli(['--no-live'], { cwd });
  const connection = await fake.connection();
  await connection.greet();
  await eventually(() => cli.log.some(({ code }) => code === 'SENTRY_UNDELIVERED'));
  expect(await connection.tool(1, 'echo', { text: 'x' })).toBe('x');
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
  expect(cli.log.filter(({ code }) => code === 'SENTRY_UNDELIVERED')).toHaveLength(1);
  expect(cli.stderr).not.toContain(KEY);
});

test('traces go where the configuration says, with its headers; check shows both places without secrets', async () => {
  const keys = new Set<string | undefined>();
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    keys.add(request.headers.authorization);
    request.on('error', () => {});
    request.setEncoding('utf8').on('data', (text: string) => void bodies.push(text));
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  const url = `http://127.0.0.1:${await listen(collector)}`;
  const { cwd, fake } = await configured(
    {
      mcpServers: { one: server('basic.mjs') },
      otlp: { url, headers: { Authorization: `Bearer \${OTLP_TOKEN}` } },
      sentry: `\${SENTRY_DSN}`,
    },
    { OTLP_TOKEN: TOKEN, SENTRY_DSN: `https://${KEY}@o1.ingest.sentry.io/42` },
  );
  const checked = new Cli(['check'], { cwd });
  const json = new Cli(['check', '--json'], { cwd });
  await Promise.all([checked.exited, json.exited]);
  expect(checked.stdout).toContain('o1.ingest.sentry.io');
  expect(checked.stdout).toContain(`${url}/v1/traces`);
  expect(JSON.parse(json.stdout).plan).toMatchObject({
    sentry: { host: 'o1.ingest.sentry.io', environment: 'production', sampleRate: 1 },
    otlp: { url: `${url}/v1/traces`, headers: ['Authorization'] },
  });
  expect(checked.stdout + json.stdout).not.toContain(KEY);
  expect(checked.stdout + json.stdout).not.toContain(TOKEN);
  writeFileSync(
    join(cwd, 'mcp_config.json'),
    JSON.stringify({
      mcpServers: { one: server('basic.mjs') },
      otlp: { url, headers: { Authorization: `Bearer \${OTLP_TOKEN}` } },
    }),
  );
  const cli = new Cli(['--no-live'], { cwd });
  const connection = await fake.connection();
  await connection.greet();
  expect(await connection.tool(1, 'echo', { text: 'x' })).toBe('x');
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
  expect(bodies.join('')).toContain('"name":"tools/call echo"');
  expect([...keys]).toEqual([`Bearer ${TOKEN}`]);
  expect(cli.stderr).not.toContain(TOKEN);
});

function matches(tags: Record<string, string>, wanted: object): boolean {
  return Object.entries(wanted).every(([tag, value]) => tags[tag] === value);
}

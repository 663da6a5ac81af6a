import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { callerThrough, callTool, docker, folder, inspect, logs } from './engine.js';
import { execute, uniqueName } from './execute.js';

const compose = inject('compose');
const why = inject('noEngine') || (compose ? '' : 'neither docker compose nor docker-compose is there');
const FILE = 'docker-compose.prod.yml';
const OURS = ['gateway-a', 'gateway-b', 'pipe'];
/** The images that can be made here: with the nginx and the Redis of Debian. */
const STAND_INS = [
  { service: 'nginx', packages: 'nginx wget', user: '101' },
  { service: 'redis', packages: 'redis-server', user: '999' },
] as const;
const CALCULATOR =
  '"mcpServers": { "calculator": { "command": "node", "args": ["examples/calculator.js"] } }';

interface Answer {
  status: number;
  session: string | undefined;
  body: string;
}

/** Builds an image of that name from Debian's packages, unless the real one is there. */
async function standIn(image: string, { packages, user }: (typeof STAND_INS)[number]): Promise<void> {
  const { exitCode } = await execute('docker', ['image', 'inspect', image]);
  if (exitCode === 0) return;
  const path = await folder();
  const text = `FROM ${inject('image')}
USER 0
RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/* /etc/nginx/* /etc/redis \\
  && install -d -o ${user} /data && mkdir -p /var/www/acme
ENTRYPOINT []
HEALTHCHECK NONE
`;
  await writeFile(join(path, 'Dockerfile'), text);
  await docker(['build', '--network', 'host', '--tag', image, path], 600_000);
  onTestFinished(async () => {
    await execute('docker', ['rmi', '--force', image]);
  });
}

/** deploy/compose as it is copied to a server, with secrets; what cannot run here is left out. */
async function deployment() {
  const top = await folder();
  const cwd = join(top, 'deploy/compose');
  await mkdir(join(top, 'examples'));
  await cp(join(root, 'deploy/compose'), cwd, { recursive: true });
  await cp(join(root, 'examples/prometheus'), join(top, 'examples/prometheus'), { recursive: true });
  let text = await readFile(join(cwd, FILE), 'utf8');
  // Version 1 (end of life 2023) does not know `create_host_path`.
  if (compose === 'docker-compose') text = text.replaceAll(/^ +bind: \{ create_host_path: false \}\n/gm, '');
  await writeFile(join(cwd, FILE), text);
  for (const role of ['gateway', 'pipe']) {
    const file = join(cwd, `mcp_config.${role}.json`);
    const config = await readFile(file, 'utf8');
    await writeFile(file, config.replace(/"mcpServers": \{.*?\n {2}\}/s, CALCULATOR));
  }
  await mkdir(join(cwd, 'secrets/tls'), { recursive: true });
  const secrets = { mcp_endpoint: 'ws://endpoint:8765/mcp/?token=production', redis_password: 'of-redis' };
  const keys = {
    mcp_pipe_key: KEY,
    session_key: 'the-key-of-both-replicas-0123456789',
    ui_key: KEY,
    metrics_key: KEY,
    grafana_password: KEY,
    alert_webhook_url: 'http://x/',
  };
  for (const [name, value] of Object.entries({ ...secrets, ...keys }))
    await writeFile(join(cwd, 'secrets', name), `${value}\n`, { mode: 0o444 });
  for (const [from, to] of [
    ['localhost-cert.pem', 'fullchain.pem'],
    ['localhost-key.pem', 'privkey.pem'],
  ] as const)
    await writeFile(join(cwd, 'secrets/tls', to), await readFile(join(root, 'test/fixtures/tls', from)), {
      mode: 0o444,
    });
  const [name = '', version = ''] = inject('image').split(':');
  const settings = {
    ...{ IMAGE: name, VERSION: version || 'latest', DOMAIN: 'localhost', COMPOSE_PROFILES: 'pipe,redis' },
    ...{ HTTP_PORT: '0', HTTPS_PORT: '0', EDGE_PREFIX: '172.30.87' },
  };
  const lines = Object.entries(settings).map(([setting, value]) => `${setting}=${value}`);
  await writeFile(join(cwd, '.env.production'), `${lines.join('\n')}\n`);
  const override = {
    services: {
      endpoint: {
        image: inject('image'),
        ...{ command: ['endpoint', '--host', '0.0.0.0'], ports: ['127.0.0.1::8765'] },
        ...{ networks: ['metrics', 'public'], healthcheck: { disable: true } },
      },
    },
  };
  await writeFile(join(cwd, 'override.yml'), JSON.stringify(override));
  const [program = '', ...args] = compose.split(' ');
  const project = uniqueName();
  const files = ['--file', FILE, '--file', 'override.yml', '--env-file', '.env.production'];
  const run = (...more: string[]) =>
    execute(program, [...args, '--project-name', project, ...files, ...more], { cwd, timeoutMs: 200_000 });
  onTestFinished(async () => {
    await run('down', '--volumes', '--timeout', '5');
  });
  const done = async (...more: string[]) => {
    const { exitCode, stdout, stderr } = await run(...more);
    expect(exitCode, stdout + stderr).toBe(0);
    return stdout.trim();
  };
  return { cwd, run, done, id: (service: string) => done('ps', '--quiet', service) };
}

const KEY = 'the-key-of-every-door-in-this-test';

describe.skipIf(why)(why ? `${FILE} (skipped: ${why})` : FILE, () => {
  it('runs two replicas and a pipe behind nginx, read-only and without root', async () => {
    const { cwd, run, done, id } = await deployment();
    const text = await readFile(join(cwd, FILE), 'utf8');
    for (const one of STAND_INS)
      await standIn(new RegExp(`image: (${one.service}:\\S+)`).exec(text)![1]!, one);
    // What it would refuse, it says without starting anything.
    await done('run', '--rm', '--no-deps', '-T', 'check-gateway');
    await done('run', '--rm', '--no-deps', '-T', 'check-pipe');
    const services = [...OURS, 'nginx', 'redis'];
    await done('up', '--detach', '--no-build', 'endpoint', ...services);
    for (const service of services) {
      const container = await id(service);
      const health = () => inspect(container, '.State.Health.Status');
      await eventually(async () => (await health()) === 'healthy', {
        ...{ timeoutMs: 90_000, everyMs: 500, what: `${service} healthy` },
      }).catch(async (error: Error) => {
        throw new Error(`${error.message}\n${(await logs(container)).slice(-2_000)}`);
      });
      expect(await inspect(container, '.HostConfig.ReadonlyRootfs'), service).toBe('true');
      expect(await docker(['exec', container, 'id', '-u']), service).not.toBe('0');
      expect(await inspect(container, '.Config.Env'), service).not.toContain(KEY);
    }

    // The pipe has its endpoint, and clients their way through nginx.
    const caller = await callerThrough(await id('endpoint'), 'production');
    expect(await callTool(caller, 'calculate', { expression: '6*7' })).toContain('42');
    const [published = ''] = (await docker(['port', await id('nginx'), '8443/tcp'])).split('\n');
    const port = Number(published.split(':').at(-1));
    const ca = await readFile(join(cwd, 'secrets/tls/fullchain.pem'), 'utf8');
    const post = (message: object, session?: string, key = KEY) => ask({ port, ca }, message, session, key);
    const open = async (key?: string) => {
      const { status, session } = await post(INITIALIZE, undefined, key);
      expect(status).toBe(200);
      return session!;
    };
    const sessions = [await open(), await open(), await open(), await open()];
    expect(new Set(sessions.map((session) => session.slice(0, 2)))).toEqual(new Set(['a.', 'b.']));
    const call = {
      id: 2,
      method: 'tools/call',
      params: { name: 'calculate', arguments: { expression: '6*7' } },
    };
    for (const session of sessions) expect((await post(call, session)).body).toContain('42');

    // A key is made in one replica, and the other has it as well.
    const made = await done('exec', '-T', 'gateway-a', 'mcp-pipe', 'key', 'add', 'an', '--json');
    const { key } = JSON.parse(made) as { key: string };
    await eventually(
      async () => {
        const both = [];
        for (let i = 0; i < 4; i++) both.push((await post(INITIALIZE, undefined, key)).session?.slice(0, 2));
        return both.includes('a.') && both.includes('b.') && !both.includes(undefined);
      },
      { everyMs: 300, what: 'the new key at both replicas' },
    );

    // A replica that is gone, and a new container of it at the same address: nginx is not touched.
    const ofA = sessions.find((session) => session.startsWith('a.'))!;
    await docker(['kill', await id('gateway-a')]);
    expect((await post(call, ofA)).status).toBe(404);
    expect(await open()).toMatch(/^b\./);
    await done('rm', '--force', 'gateway-a');
    await done('up', '--detach', '--no-build', '--no-deps', 'gateway-a');
    await eventually(async () => (await open()).startsWith('a.'), {
      ...{ timeoutMs: 60_000, everyMs: 500, what: 'a session on the new container' },
    });

    // Redis asks for its password; nothing but nginx is published.
    const redis = await run('exec', '-T', 'redis', 'redis-cli', 'get', 'x');
    expect(redis.stdout + redis.stderr).toContain('NOAUTH');
    for (const service of [...OURS, 'redis'])
      expect(await docker(['port', await id(service)]), service).toBe('');
    // Behind nginx there is no way out, and on the way out containers do not see each other.
    const reach =
      "require('net').connect(8080,process.argv[1]).on('connect',()=>process.exit(0)).on('error',()=>process.exit(1)).setTimeout(3000,()=>process.exit(2))";
    const between = await run('exec', '-T', 'pipe', 'node', '-e', reach, '172.30.87.12');
    expect(between.exitCode).toBe(0);
    const networks = JSON.parse(
      await docker(['inspect', '--format', '{{json .NetworkSettings.Networks}}', await id('gateway-b')]),
    );
    const [outbound] = Object.entries(networks as Record<string, { IPAddress: string }>).filter(([name]) =>
      name.endsWith('_outbound'),
    );
    const past = await run('exec', '-T', 'pipe', 'node', '-e', reach, outbound![1].IPAddress);
    expect(past.exitCode).not.toBe(0);
  });
});

const INITIALIZE = {
  ...{ id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'docker', version: '1' } },
};

function ask(
  { port, ca }: { port: number; ca: string },
  message: object,
  session: string | undefined,
  key: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...{ accept: 'application/json, text/event-stream' },
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    };
    const of = { ca, method: 'POST', headers, agent: false } as const;
    const asked = request(`https://localhost:${port}/mcp`, of, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          session: response.headers['mcp-session-id'] as string,
          body,
        }),
      );
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ jsonrpc: '2.0', ...message }));
  });
}

import { readFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../helpers/eventually.js';
import { Deployment, KEY } from './deployment.js';
import { Program, run } from './programs.js';
import { COMPOSE } from './shipped.js';

interface Got {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One request of its own connection, over HTTP/1.1; a POST, if it has a body. */
function ask(
  at: Deployment,
  path: string,
  headers: Record<string, string> = {},
  sent?: string,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const method = sent === undefined ? 'GET' : 'POST';
    const asked = request(
      `${at.origin}${path}`,
      { ca: at.ca, method, headers, agent: false, servername: 'localhost' },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
      },
    );
    asked.on('error', reject);
    asked.end(sent);
  });
}

test('nginx takes the files', async () => {
  const { code, output } = (await Deployment.prepare()).checkNginx();
  expect(output).toContain('test is successful');
  expect(output).not.toMatch(/warn|emerg|error/);
  expect(code).toBe(0);
});

test('HTTP leads to HTTPS, but for the proof of an address', async () => {
  const world = await Deployment.prepare();
  await world.startNginx();
  const origin = `http://127.0.0.1:${world.ports.http}`;
  const answer = await fetch(`${origin}/servers/one/mcp?x=1`, { redirect: 'manual', method: 'POST' });
  expect(answer.status).toBe(308);
  expect(answer.headers.get('location')).toBe('https://127.0.0.1/servers/one/mcp?x=1');
  expect(answer.headers.get('server')).toBe('nginx');
  expect(await (await fetch(`${origin}/.well-known/acme-challenge/token`)).text()).toBe('proof');
  // No replica runs yet.
  const { status, headers, body } = await ask(world, '/mcp');
  expect([status, headers['retry-after'], JSON.parse(body).error.code]).toEqual([503, '5', -32000]);
});

test('TLS 1.2 and 1.3 with HTTP/2, and nothing older', async () => {
  const world = await Deployment.start();
  const { ca } = world;
  const { https: port } = world.ports;
  const protocols = await Promise.all(
    (['TLSv1.2', 'TLSv1.3'] as const).map(
      (version) =>
        new Promise((resolve, reject) => {
          const of = { port, ca, host: 'localhost', minVersion: version, maxVersion: version };
          const socket = connect({ ...of, ALPNProtocols: ['h2', 'http/1.1'] }, () => {
            resolve([socket.getProtocol(), socket.alpnProtocol]);
            socket.destroy();
          });
          socket.on('error', reject);
        }),
    ),
  );
  expect(protocols).toEqual([
    ['TLSv1.2', 'h2'],
    ['TLSv1.3', 'h2'],
  ]);
  const old = new Promise((resolve) => {
    const of = { port, ca, host: 'localhost', minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
    const socket = connect({ ...of, ciphers: 'DEFAULT@SECLEVEL=0' }, () => resolve('connected'));
    socket.on('error', () => resolve('refused'));
  });
  expect(await old).toBe('refused');

  const client = connectHttp2(world.origin, { ca });
  onTestFinished(() => client.destroy());
  client.on('error', () => {});
  const status = await new Promise((resolve, reject) => {
    const stream = client.request({ ':path': '/status', authorization: `Bearer ${KEY}` });
    stream.on('response', (headers) => resolve([headers[':status'], headers['strict-transport-security']]));
    stream.on('error', reject);
    stream.resume();
  });
  // mcp-pipe knows by X-Forwarded-Proto that the client has HTTPS.
  expect(status).toEqual([200, expect.stringContaining('max-age=')]);
});

test('keys are handed on in both headers, and without one nothing is', async () => {
  const world = await Deployment.start();
  expect((await ask(world, '/status')).status).toBe(401);
  expect((await ask(world, '/status', { authorization: `Bearer ${KEY}` })).status).toBe(200);
  expect((await ask(world, '/status', { 'x-api-key': KEY })).status).toBe(200);
  expect((await ask(world, '/status', { 'x-api-key': 'wrong' })).status).toBe(401);
  expect((await ask(world, '/metrics', { 'x-api-key': KEY })).status).toBe(404);
  expect((await ask(world, '/status', { host: 'evil.example', 'x-api-key': KEY })).status).toBe(403);
});

test('what a replica has got and not answered goes to no other one, and nobody is told to send it again', async () => {
  const world = await Deployment.prepare();
  const got: string[] = [];
  // Replicas that end at each request.
  for (const name of ['a', 'b'] as const) {
    const replica = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        got.push(name);
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => replica.listen(world.ports.gateway[name], '127.0.0.1', resolve));
    onTestFinished(() => void replica.close());
  }
  await world.startNginx();
  const { status, headers, body } = await ask(world, '/mcp', { 'content-length': '2' }, '{}');
  expect([status, headers['retry-after']]).toEqual([502, undefined]);
  const { message, data } = JSON.parse(body).error;
  expect(message).toContain('may have been done');
  expect(data.requestId).toBe(headers['x-request-id']);
  expect(got.length).toBe(1);
});

test('what goes wrong is logged without the address of a request', async () => {
  const world = await Deployment.prepare();
  await world.startNginx();
  // No replica runs: nginx has something to say about each request.
  const { status } = await ask(world, '/servers/one/messages/?session_id=a.very-secret', {
    'x-api-key': KEY,
  });
  expect(status).toBe(503);
  const [line] = await eventually(async () => {
    const all = await world.accessLog();
    return all.length > 0 && all;
  });
  const { a, b } = world.ports.gateway;
  expect(line).toMatchObject({
    status: 503,
    upstreamStatus: '502, 502',
    limited: 'PASSED',
    connections: 'PASSED',
  });
  expect(line!.replica).toBe(`127.0.0.1:${a}, 127.0.0.1:${b}`);
  const told = await readFile(join(world.folder, 'error.log'), 'utf8');
  expect(told + JSON.stringify(line)).not.toMatch(/very-secret|the-key/);
});

test('a certificate that was renewed is read, and workers stay until then', async () => {
  const world = await Deployment.prepare();
  const { folder } = world;
  const { services } = parse(await readFile(join(COMPOSE, 'docker-compose.prod.yml'), 'utf8'), {
    merge: true,
  }) as { services: { nginx: { command: [string] } } };
  const user = process.getuid?.() === 0 ? ' user root;' : '';
  const conf = `nginx -c ${folder}/nginx/nginx.conf`;
  const looks = join(folder, 'looks');
  const command = services.nginx.command[0]
    .replaceAll('$$', '$')
    // Not longer than nginx, which takes the place of that shell: what it writes would hinder the removal of the folder.
    .replace('sleep 21600', () => `sleep 0.1 && kill -0 $$ && echo >>${looks}`)
    .replaceAll('/etc/nginx-tls/', `${folder}/tls/`)
    .replace('nginx -s reload', `${conf} -s reload`)
    .replace("nginx -g 'daemon off;'", `${conf} -g 'daemon off;${user}'`);
  await Program.start('sh', ['-c', `export PATH="$PATH:/usr/sbin"; ${command}`], world.ports.https);
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ port: world.ports.https, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()!.subject);
        socket.destroy();
      });
      socket.on('error', reject);
    });
  // The workers, and the shell that looks.
  const children = async () => {
    const pid = (await readFile(join(folder, 'tmp/nginx.pid'), 'utf8')).trim();
    const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
    return pids.length === 3 && pids;
  };
  const looksSoFar = async () => (await readFile(looks, 'utf8').catch(() => '')).length;
  const before = await eventually(children);
  onTestFinished(async () => {
    for (const pid of before)
      if ((await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')) === 'sh\n')
        process.kill(Number(pid), 'SIGKILL');
  });
  await eventually(async () => (await looksSoFar()) > 3);
  expect(await children()).toEqual(before);
  const old = await shown();
  const names = ['-subj', '/CN=renewed', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', `${folder}/tls/privkey.pem`, '-out', `${folder}/tls/fullchain.pem`];
  const made = run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...names,
    ...files,
  ]);
  expect(made.code, made.output).toBe(0);
  expect(old).not.toContain('renewed');
  await eventually(async () => (await shown()).includes('CN=renewed'), { everyMs: 50 });
});

test('a body without a key is refused before all of it is there', async () => {
  const world = await Deployment.start();
  const of = { port: world.ports.https, ca: world.ca, host: 'localhost' };
  const answers = await Promise.all(
    Array.from(
      { length: 20 },
      () =>
        new Promise<string>((resolve, reject) => {
          const socket = connect(of, () => {
            socket.write(
              `POST /mcp HTTP/1.1\r\nHost: localhost:${of.port}\r\nContent-Length: 16000000\r\n\r\n`,
            );
            // The rest never comes.
            socket.write('x'.repeat(100_000));
          });
          onTestFinished(() => void socket.destroy());
          socket.on('error', reject);
          socket.once('data', (bytes) => resolve(String(bytes).split('\r\n')[0]!));
        }),
    ),
  );
  expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 401 Unauthorized']));
});

test('the log has no key, no session and no health check, and names requests as mcp-pipe does', async () => {
  const world = await Deployment.start();
  expect((await ask(world, '/health')).status).toBe(200);
  expect((await ask(world, '/servers/one/health', { 'x-api-key': KEY })).status).toBe(200);
  const headers = { 'x-api-key': KEY, 'x-request-id': 'of-the-client', forwarded: 'for=203.0.113.9' };
  const answer = await ask(world, '/status?session_id=a.very-secret', {
    ...headers,
    'x-forwarded-for': '203.0.113.7',
  });
  const lines = await eventually(async () => {
    const all = await world.accessLog();
    return all.some(({ path }) => path === '/status') && all;
  });
  expect(lines.map(({ path }) => path)).toEqual(['/status']);
  const [line] = lines;
  expect(line).toMatchObject({ method: 'GET', status: 200, address: '127.0.0.1', protocol: 'HTTP/1.1' });
  expect(line!.id).toBe(answer.headers['x-request-id']);
  expect(JSON.stringify(lines)).not.toMatch(/very-secret|the-key|203\.0\.113/);
});

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { K8S, podsOf, written } from './kubernetes-files.js';
import { COMPOSE } from './shipped.js';

const compose = async (name: string) => readFile(join(COMPOSE, 'nginx', name), 'utf8');
const front = await readFile(join(K8S, 'base/front.conf'), 'utf8');
const oneOf = (text: string, what: RegExp) => {
  const [found, ...others] = [...text.matchAll(what)].map(([, value]) => value!);
  expect(found, String(what)).toBeDefined();
  expect(new Set([found, ...others]).size, String(what)).toBe(1);
  return found!;
};

test('nginx in a cluster includes every file that it shares with the one of one machine, and repeats nothing of them', async () => {
  const shared = (await readdir(join(K8S, 'base/nginx'))).sort();
  expect(shared).toEqual(['http.conf', 'limits.conf', 'proxy.conf', 'requests.conf']);
  const of = (text: string, folder: string) =>
    [...text.matchAll(/^\s*include (\S+)\/([a-z]+\.conf);$/gm)]
      .filter(([, at]) => at === folder)
      .map(([, , name]) => name)
      .sort();
  expect(of(front, '/etc/mcp-pipe')).toEqual(shared);
  const onOneMachine = `${await compose('nginx.conf')}${await compose('server.conf')}`;
  for (const name of shared) expect(of(onOneMachine, '/etc/nginx')).toContain(name);
  // A directive that stands in both would be the one of front.conf, whatever the shared files become.
  const told = (text: string) =>
    [...text.matchAll(/^\s*((?:client|proxy|send|limit|log)_[a-z_]+(?: [A-Z][\w-]+)?)\s/gm)].map(
      ([, name]) => name!,
    );
  const ofShared = new Set((await Promise.all(shared.map(compose))).flatMap(told));
  expect([...ofShared]).toContain('proxy_request_buffering');
  const again = told(front).filter((name) => ofShared.has(name) && name !== 'limit_req');
  expect(again).toEqual([]);
});

test('what is written in both is the same: workers, connections, memory, and how replicas are tried', async () => {
  const nginx = await compose('nginx.conf');
  const replicas = await compose('replicas.conf');
  const started = podsOf(await written('base')).find(({ name }) => name === 'mcp-pipe-front')!.spec
    .containers[0]!;
  const script = (started.args as string[]).join('\n');
  for (const what of [/worker_processes (\d+)/g, /worker_connections (\d+)/g, /worker_rlimit_nofile (\d+)/g])
    expect(oneOf(front, what), String(what)).toBe(oneOf(nginx, what));
  expect(oneOf(script, /(max_fails=3 fail_timeout=\d+s)/g)).toBe(
    oneOf(replicas, /(max_fails=3 fail_timeout=\d+s)/g),
  );
  expect(oneOf(front, /keepalive_timeout (60s)/g)).toBe(oneOf(replicas, /keepalive_timeout (\d+s)/g));
  for (const text of [
    'hash $remote_addr$http_authorization$http_x_api_key consistent;',
    '~^20(2[6-9]|[3-9]) gateway_of_caller;',
    '"~*^Bearer [a-z0-9_-]{43}$"',
    'map $http_mcp_session_id$arg_session_id$arg_sessionid $gateway_of_session {',
    'location ~ ^/(authorize|token|register|revoke|consent)(/|$) {\n',
    'limit_req zone=logins burst=20 nodelay;',
  ]) {
    expect(front).toContain(text);
    expect(`${replicas}${await compose('server.conf')}`).toContain(text);
  }
  const { services } = parse(await readFile(join(COMPOSE, 'docker-compose.prod.yml'), 'utf8'), {
    merge: true,
  });
  expect(started.resources.limits.memory).toBe(services.nginx.mem_limit.replace('m', 'Mi'));
});

test('the same addresses are believed by nginx, by the gateway behind it, and not limited', async () => {
  const text = await readFile(join(K8S, 'base/mcp_config.gateway.json'), 'utf8');
  const { gateway } = parse(text.replace(/^\s*\/\/.*$/gm, '')) as { gateway: { trustProxy: string[] } };
  const inFront = (what: RegExp) => [...front.matchAll(what)].map(([, net]) => net!).sort();
  expect(inFront(/set_real_ip_from (\S+);/g)).toEqual([...gateway.trustProxy].sort());
  expect(inFront(/^\s*(\S+\/\d+) 1;$/gm)).toEqual([...gateway.trustProxy].sort());
});

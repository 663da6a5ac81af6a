import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCompose, readServices } from '../../../../src/cli/production/compose-services.js';
import { thisMachine } from '../../../../src/config/check/host.js';
import { root } from '../../../helpers/cli.js';

/** As a compose file writes it. */
const VARIABLE = ['$', '{PORT:-443}'].join('');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-compose-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function service(text: string) {
  const file = join(folder, 'compose.yml');
  writeFileSync(
    file,
    `services:\n  gateway:\n    image: mcp-pipe:1.0.0\n${text.replaceAll(/^/gm, '    ')}\n`,
  );
  return (await readServices(file, thisMachine()))!.services[0]!;
}

describe('the services of a compose file', () => {
  it.each([
    ['ports: ["8080:8080"]', ['8080']],
    ['ports: [8080]', ['8080']],
    ['ports: ["127.0.0.1:8080:8080"]', []],
    ['ports: ["[::1]:8080:8080"]', []],
    ['ports: ["0.0.0.0:80:80"]', ['80']],
    ['ports: ["8080-8090:80-90/tcp"]', ['8080-8090']],
    [`ports: ["${VARIABLE}:443"]`, [VARIABLE]],
    ['ports:\n  - target: 80\n    published: "80"\n    host_ip: 127.0.0.1', []],
    ['ports:\n  - target: 80\n    published: 8443', ['8443']],
    ['ports:\n  - target: 80', []],
    ['expose: ["8080"]', []],
  ])('%s', async (ports, published) => {
    expect((await service(ports)).published).toEqual(published);
  });

  it.each([
    ['mem_limit: 1g\ncpus: 1', { hasLimits: true }],
    ['mem_limit: 1g', { hasLimits: false }],
    ['deploy: { resources: { limits: { cpus: "1", memory: 1g } } }', { hasLimits: true }],
    ['healthcheck: { disable: true }', { hasHealthcheck: false }],
    ['healthcheck: { test: ["NONE"] }', { hasHealthcheck: false }],
    ['healthcheck: { interval: 10s }', { hasHealthcheck: true }],
    ['stop_grace_period: 1m30s', { stopGraceMs: 90_000 }],
    ['restart: "no"', { restarts: false }],
    ['restart: unless-stopped', { restarts: true }],
    ['profiles: [check]\nrestart: "no"', { isTool: true }],
    ['profiles: [check]', { isTool: false }],
    ['restart: "no"', { isTool: false }],
    ['deploy: { replicas: 2 }', { replicas: 2 }],
    [
      'environment: ["MCP_PIPE_LOG_FORMAT=pretty", "A"]',
      { environment: { MCP_PIPE_LOG_FORMAT: 'pretty', A: '' } },
    ],
    ['environment: { A: "1=2" }', { environment: { A: '1=2' } }],
  ])('%s', async (text, expected) => {
    expect(await service(text)).toMatchObject({ isOurs: true, ...expected });
  });

  it('are read with anchors and merges, as compose reads them', async () => {
    const file = join(folder, 'compose.yml');
    writeFileSync(
      file,
      'x-all: &all\n  mem_limit: 1g\n  cpus: 1\nservices:\n  a:\n    <<: *all\n    image: x/mcp-pipe:1\n  db:\n    image: redis:8\n',
    );
    const { services } = (await readServices(file, thisMachine()))!;
    expect(services.map(({ name, isOurs, hasLimits }) => [name, isOurs, hasLimits])).toEqual([
      ['a', true, true],
      ['db', false, false],
    ]);
  });

  it('have the settings beside the file in their images, those for production first', async () => {
    const variable = ['$', '{VERSION:?}'].join('');
    const imageOf = async () => {
      const file = join(folder, 'compose.yml');
      const written = ['image: $', '{IMAGE:-mcp-pipe}:', variable].join('');
      writeFileSync(file, `services:\n  gateway:\n    build: .\n    ${written}\n`);
      const [one] = (await readServices(file, thisMachine()))!.services;
      return { image: one!.image, isBuilt: one!.isBuilt, isOurs: one!.isOurs };
    };
    expect(await imageOf()).toEqual({ image: `mcp-pipe:${variable}`, isBuilt: true, isOurs: true });
    writeFileSync(join(folder, '.env'), 'VERSION=1.0.0\n');
    expect(await imageOf()).toEqual({ image: 'mcp-pipe:1.0.0', isBuilt: true, isOurs: true });
    writeFileSync(join(folder, '.env.production'), 'VERSION=2.0.0\nIMAGE=ghcr.io/x/own\n');
    expect(await imageOf()).toEqual({ image: 'ghcr.io/x/own:2.0.0', isBuilt: false, isOurs: true });
  });

  it('have what they take over by extends, also from another file, and not for ever', async () => {
    const file = join(folder, 'compose.yml');
    writeFileSync(
      join(folder, 'base.yml'),
      'services:\n  base:\n    image: x/mcp-pipe:1\n    ports: ["8080:8080"]\n',
    );
    writeFileSync(
      file,
      [
        'services:',
        '  a: { extends: { file: base.yml, service: base }, restart: always, ports: ["9090:9090"] }',
        '  b: { extends: a, restart: "no" }',
        '  c: { extends: c, image: x/mcp-pipe:2 }',
        '  d: { extends: { service: nowhere }, image: x/mcp-pipe:2 }',
      ].join('\n'),
    );
    const { services } = (await readServices(file, thisMachine()))!;
    expect(services.map(({ image, restarts, published }) => [image, restarts, ...published])).toEqual([
      ['x/mcp-pipe:1', true, '8080', '9090'],
      ['x/mcp-pipe:1', false, '8080', '9090'],
      ['x/mcp-pipe:2', false],
      ['x/mcp-pipe:2', false],
    ]);
  });

  it('are read whatever stands where a text should', async () => {
    const file = join(folder, 'compose.yml');
    writeFileSync(
      file,
      `services: &all
  mcp-pipe: &one
    image: x/mcp-pipe:1
    environment: [{ toString: 1 }, *all, [[]]]
    user: { toString: 1 }
    command: *one
    ports: [{ published: { toString: 1 } }, { toString: 1 }, *one]
    volumes: [{ target: { toString: 1 } }, null, 1]
    healthcheck: { test: *one }
`,
    );
    expect((await readServices(file, thisMachine()))?.services).toHaveLength(1);
  });

  it('on the network of the host publish all that they listen on; an address with any port is that address', async () => {
    const file = join(folder, 'compose.yml');
    writeFileSync(
      file,
      'services:\n  a: { image: x, network_mode: host }\n  b: { image: x, ports: ["127.0.0.1::8080"] }\n',
    );
    const { services } = (await readServices(file, thisMachine()))!;
    expect(services.map(({ published }) => published)).toEqual([['host'], []]);
  });

  it('of a file that is none are undefined', async () => {
    const file = join(folder, 'compose.yml');
    expect(await readServices(file, thisMachine())).toBe(undefined);
    writeFileSync(file, 'a: [');
    expect(await readServices(file, thisMachine())).toBe(undefined);
    writeFileSync(file, 'just words');
    expect((await readServices(file, thisMachine()))?.services).toEqual([]);
  });

  it('are found beside the configuration, those for production first', () => {
    const host = thisMachine();
    expect(findCompose(undefined, folder, host)).toBe(undefined);
    writeFileSync(join(folder, 'docker-compose.yml'), '');
    expect(findCompose(undefined, folder, host)).toBe(join(folder, 'docker-compose.yml'));
    writeFileSync(join(folder, 'docker-compose.prod.yml'), '');
    expect(findCompose(undefined, folder, host)).toBe(join(folder, 'docker-compose.prod.yml'));
    expect(findCompose('/there.yml', folder, host)).toBe('/there.yml');
  });

  it.each([
    ['build: .', 'FROM node:24\nCMD x', { isRoot: true, hasHealthcheck: false }],
    ['build: .', 'FROM a\nUSER 1001\nFROM b', { isRoot: true }],
    [
      'build: .',
      'FROM a\nUSER 1001\nHEALTHCHECK CMD mcp-pipe health',
      { isRoot: false, hasHealthcheck: true },
    ],
    ['build: .', 'FROM ghcr.io/x/mcp-pipe:1.0.0', { isRoot: false, hasHealthcheck: true }],
    ['build: .\nuser: "1001"', 'FROM node:24', { isRoot: false }],
    ['user: "0:0"', undefined, { isRoot: true }],
  ])('%s with %j', async (text, dockerfile, expected) => {
    if (dockerfile !== undefined) writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    expect(await service(text)).toMatchObject({ isOurs: true, ...expected });
  });

  it('of an image of others say neither its user nor its health check', async () => {
    const file = join(folder, 'compose.yml');
    writeFileSync(
      file,
      'services:\n  bridge: { image: "node:24", command: npx -y mcp-pipe }\n  web: { image: "nginx:1" }\n',
    );
    expect((await readServices(file, thisMachine()))?.services).toMatchObject([
      { isOurs: true, isRoot: undefined, hasHealthcheck: false },
      { isOurs: false },
    ]);
  });

  it.each([
    ['[/usr/local/bin/mcp-pipe, --json-log]', true],
    ['npx -y mcp-pipe@0.1.0', true],
    ['["--collector.textfile.directory=/host/var/lib/mcp-pipe"]', false],
  ])('with the command %s are ours: %s', async (command, isOurs) => {
    const file = join(folder, 'compose.yml');
    writeFileSync(file, `services:\n  one:\n    image: node:24\n    command: ${command}\n`);
    expect((await readServices(file, thisMachine()))?.services).toMatchObject([{ isOurs }]);
  });

  it('of this project are one that is ours, with limits and a health check', async () => {
    const { services } = (await readServices(join(root, 'docker-compose.yml'), thisMachine()))!;
    expect(services).toMatchObject([
      {
        name: 'mcp-pipe',
        isOurs: true,
        hasLimits: true,
        hasHealthcheck: true,
        restarts: true,
        published: [],
      },
    ]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaults } from '../src/config/defaults.js';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const { services } = parse(read('docker-compose.yml')) as {
  services: Record<string, { stop_grace_period: string; volumes: (string | { read_only?: boolean })[] }>;
};

it('the service may write nothing but its caches, and gain no privilege', () => {
  const service = services['mcp-pipe']!;
  expect(service).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    tmpfs: [expect.stringMatching(/^\/tmp:/), expect.stringMatching(/^\/run\/mcp-pipe:/)],
  });
  const mounts = service.volumes.filter((one) => typeof one === 'object');
  expect(mounts.map((one) => one.read_only)).toEqual([true, true]);
});

it('compose waits longer than draining and ending the servers can take', () => {
  const { drainTimeoutMs, endTimeoutMs, termTimeoutMs, closeTimeoutMs } = defaults;
  const graceMs = Number.parseInt(services['mcp-pipe']!.stop_grace_period, 10) * 1_000;
  expect(graceMs).toBeGreaterThan(drainTimeoutMs + endTimeoutMs + termTimeoutMs + closeTimeoutMs);
});

it('the image is labelled with the version of package.json', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('Dockerfile')).toContain(`org.opencontainers.image.version="${version}"`);
});

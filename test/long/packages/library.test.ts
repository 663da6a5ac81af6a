import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startEndpoint } from '../../../src/faces/endpoint/server.js';
import { App, loadConfig, makePlan, openPackages } from '../../../src/index.js';
import type { Status } from '../../../src/protocol/status.js';
import { eventually } from '../../helpers/eventually.js';
import { packageWorld } from '../../helpers/package-world.js';

test.each([
  ['with openPackages, directly and without the registry', true],
  ['without it, as its command says', false],
])('a program that uses the library starts a locked server: %s', async (_, isOpened) => {
  const { command, registry, places, lock } = await packageWorld();
  await lock();
  const before = process.env.MCP_PIPE_PACKAGES;
  process.env.MCP_PIPE_PACKAGES = places.store;
  onTestFinished(() => {
    if (before === undefined) delete process.env.MCP_PIPE_PACKAGES;
    else process.env.MCP_PIPE_PACKAGES = before;
  });
  if (isOpened) await registry.close();
  registry.asked.length = 0;
  const endpoint = await startEndpoint({ port: 0 });
  onTestFinished(() => endpoint.close());
  const { cwd, env, ...shown } = command;
  const mcpServers = { shown: { ...shown, cwd, env, endpoint: endpoint.serverUrl('shown') } };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers }));
  const config = await loadConfig({ env: process.env as Record<string, string>, cwd });
  const seen: Status[] = [];
  const app = new App(makePlan(config, { cwd }), {
    ...(isOpened ? { packages: openPackages(config.file) } : {}),
    observers: [{ name: 'seen', onStatus: (status) => void seen.push(status) }],
  });
  onTestFinished(() => app.stop());
  app.start();
  await eventually(() => seen.some(({ type }) => type === 'server-ready'), { what: 'the server is ready' });
  const said = seen.filter(({ type }) => type === 'server-package');
  if (isOpened) expect(said).toMatchObject([{ isDirect: true, package: 'shown-server', version: '1.0.0' }]);
  else expect([said, registry.asked.length > 0]).toEqual([[], true]);
});

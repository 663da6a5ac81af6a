import { describe, expect, inject, it } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { configMount, docker, fixtureMount, inspect, network, start, startEndpoint } from './engine.js';
import { execute } from './execute.js';

const noEngine = inject('noEngine');
const name = noEngine ? `the health check (skipped: ${noEngine})` : 'the health check';

describe.skipIf(noEngine)(name, () => {
  it('turns unhealthy when no link can work, says which and why, and turns back', async () => {
    const net = await network();
    const endpoint = await startEndpoint(net);
    const config = await configMount({
      mcpServers: { basic: { command: 'node', args: ['fixtures/basic.mjs'] } },
      settings: { minDelayMs: 100, maxDelayMs: 500 },
    });
    const pipe = await start([
      ...config,
      ...fixtureMount,
      ...['--network', net, '--env', 'MCP_ENDPOINT=ws://endpoint:8765/mcp/?token=health'],
      ...['--health-interval', '1s', '--health-retries', '2', '--health-start-period', '0s'],
    ]);
    const becomes = (status: string) =>
      eventually(async () => (await inspect(pipe, '.State.Health.Status')) === status, {
        timeoutMs: 60_000,
        everyMs: 250,
        what: `health ${status}`,
      });
    await becomes('healthy');
    await docker(['kill', endpoint]);
    await becomes('unhealthy');
    const said = await execute('docker', ['exec', pipe, 'mcp-pipe', 'health']);
    expect(said.exitCode).toBe(1);
    expect(said.stdout + said.stderr).toContain('basic');
    const { exitCode, stdout } = await execute('docker', ['exec', pipe, 'mcp-pipe', 'health', '--json']);
    expect(exitCode).toBe(1);
    expect(() => JSON.parse(stdout)).not.toThrow();
    await docker(['start', endpoint]);
    await becomes('healthy');
  });
});

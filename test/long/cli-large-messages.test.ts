import { expect, it, onTestFinished } from 'vitest';
import { Cli } from '../helpers/cli.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

const CALLS = 60;

// D127: one at the start, or two.
it('messages of 1 MiB do not make V8 collect old memory again and again', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const cli = new Cli(['--', process.execPath, fixture('basic.mjs')], {
    env: { MCP_ENDPOINT: fake.endpoint().href },
    node: ['--trace-gc'],
  });
  const connection = await fake.connection();
  await connection.greet();
  const text = 'x'.repeat(1024 * 1024);
  for (let id = 1; id <= CALLS; id++)
    expect(await connection.tool(id, 'echo', { text })).toHaveLength(text.length);
  const collections = (kind: string) => cli.stdout.split('\n').filter((line) => line.includes(kind)).length;
  expect(collections('Scavenge')).toBeGreaterThan(3);
  expect(collections('Mark-Compact')).toBeLessThan(5);
});

import { afterEach, describe, expect, test } from 'vitest';
import { plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const config = (entry: object) => ({
  mcpServers: { slow: { command: 'node', args: ['a.js'], cwd: '/', ...entry } },
});

describe('"instances"', () => {
  test('is a number, or an object', async () => {
    const optionsOf = async (entry: object) => (await plan(config(entry))).servers[0]!.options.instances;
    expect(await optionsOf({})).toBeUndefined();
    expect(await optionsOf({ instances: 3 })).toEqual({ count: 3 });
    const sticky = { count: 2, sticky: 'agent' };
    expect(await optionsOf({ instances: sticky })).toEqual(sticky);
  });

  test.each([[0], [65], [1.5], ['3'], [{ sticky: 'agent' }], [{ count: 2, sticky: 'key' }]])(
    '%j is refused',
    async (instances) => {
      const [finding] = await refusal(plan(config({ instances })));
      expect(finding).toMatchObject({ id: 'shape' });
    },
  );

  test('of a remote server it changes nothing, and that is said', async () => {
    const made = await plan({ mcpServers: { far: { url: 'https://example.com/mcp', instances: 3 } } });
    expect(made.warnings.map(({ id }) => id)).toEqual(['instances-remote']);
    expect(made.servers[0]!.options.instances).toBeUndefined();
  });
});

import { expect, it, onTestFinished, vi } from 'vitest';
import { Lists } from '../../../src/links/mux/lists.js';
import { asker, INITIALIZE, MuxWorld, settled } from '../../helpers/mux-world.js';

it('unknown names share the lists that are requested because of them', async () => {
  const world = new MuxWorld(2);
  const { replies, ask } = await asker(world);
  await ask(0, 'initialize', INITIALIZE);
  await ask(1, 'tools/list', '{}');
  const looks = vi.spyOn(Lists.prototype, 'refreshed');
  onTestFinished(() => looks.mockRestore());
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => ask(i + 2, 'tools/call', `{"name":"made up ${i}","arguments":{}}`)),
  );
  for (let i = 0; i < 5; i++) await settled();
  expect(replies.size).toBe(52);
  expect(replies.get('51').error).toBeDefined();
  // Each merges the whole lists of all servers.
  expect(looks.mock.calls.length).toBeLessThanOrEqual(2);
});

import { expect, it } from 'vitest';
import { initializeAndList, MuxWorld } from '../../helpers/mux-world.js';

const DEEP = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;

it('goes on with the other servers when one says something of itself that nobody could write down again', async () => {
  const world = new MuxWorld(2);
  const [odd, other] = world.servers;
  odd!.isMute = true;
  odd!.onHeard = (life, { id, method }) => {
    if (method !== 'initialize') return;
    const about = `"protocolVersion":"2024-11-05","serverInfo":{"name":"odd","version":"1"}`;
    life.send(`{"jsonrpc":"2.0","id":${id},"result":{${about},"capabilities":{"experimental":${DEEP}}}}`);
  };
  const { initialized, listed } = await initializeAndList(world);
  expect(initialized.result.capabilities).toEqual({ tools: { listChanged: true } });
  expect(listed.result.tools.map(({ name }: { name: string }) => name)).toEqual(other!.tools);
  await world.stop();
});

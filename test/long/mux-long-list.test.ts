import { expect, it } from 'vitest';
import { initializeAndList, MuxWorld } from '../helpers/mux-world.js';

/** More than a function takes arguments. */
const TOOLS = 130_000;

it('takes a list of more items than a function takes arguments', async () => {
  const world = new MuxWorld(2);
  const [long] = world.servers;
  long!.onHeard = (life, { id, method }) => {
    if (method !== 'tools/list') return;
    const tools = Array.from({ length: TOOLS }, (_, i) => `{"name":"t${i}"}`);
    life.send(`{"jsonrpc":"2.0","id":${id},"result":{"tools":[${tools.join(',')}]}}`);
  };
  const { listed } = await initializeAndList(world);
  expect(listed.result.tools.length).toBeGreaterThan(TOOLS);
  await world.stop();
}, 180_000);

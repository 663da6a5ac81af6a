import { expect, it } from 'vitest';
import { type EndpointConnection, INITIALIZE, MuxWorld, settled } from '../../helpers/mux-world.js';

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
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint was told
  const replies = new Map<string, any>();
  let connection: EndpointConnection | undefined;
  world.onConnection = (opened) => {
    connection = opened;
    opened.onHeard = ({ id, body }) => id !== undefined && replies.set(id, body);
  };
  world.mux.start();
  await settled();
  connection?.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":${INITIALIZE}}`);
  await settled();
  connection?.send('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
  await settled();
  await settled();
  expect(replies.get('1').result.tools.length).toBeGreaterThan(TOOLS);
  await world.stop();
}, 60_000);

import { expect, it } from 'vitest';
import { type EndpointConnection, INITIALIZE, MuxWorld, settled } from '../../helpers/mux-world.js';

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
  expect(replies.get('0').result.capabilities).toEqual({ tools: { listChanged: true } });
  expect(replies.get('1').result.tools.map(({ name }: { name: string }) => name)).toEqual(other!.tools);
  await world.stop();
});

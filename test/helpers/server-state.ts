import type { LifeOwner } from '../../src/servers/server-life.js';
import { ServerStateMachine } from '../../src/servers/server-state.js';

/** For a bridge whose server is attached by the test itself, once or several times. */
export function attachedServer(): { server: ServerStateMachine; owner: LifeOwner } {
  const server = new ServerStateMachine(() => {});
  server.moveTo('starting');
  const initialized: LifeOwner['initialized'] = (to) => {
    if (to === 'initializing' && server.state !== 'starting') server.moveTo('starting');
    server.moveTo(to);
  };
  return { server, owner: { initialized, replace: () => {} } };
}

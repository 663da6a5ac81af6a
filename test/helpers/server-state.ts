import type { HubOptions } from '../../src/session/hub-state.js';
import { ServerStateMachine } from '../../src/session/server-state.js';

/** For a bridge whose server is attached by the test itself, once or again and again. */
export function attachedServer(): Pick<HubOptions, 'server' | 'onInitialize'> {
  const server = new ServerStateMachine(() => {});
  server.moveTo('starting');
  return {
    server,
    onInitialize: (to) => {
      if (to === 'initializing' && server.state !== 'starting') server.moveTo('starting');
      server.moveTo(to);
    },
  };
}

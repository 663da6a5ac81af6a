import type { ControlRequest } from '../faces/control/server.js';
import type { Daemon } from './daemon.js';

const params = { name: 'name', lang: 'lang' } as const;

/**
 * What a person does to servers that are parked, as `Action`s: `wake` starts their processes without a call, `sleep` ends them
 * until the next call. Neither does anything to a server whose lists are not known, or that works on something.
 *
 * @param serversOf The servers that a name stands for.
 */
// D340
export function demandActions(
  { processes = [] }: Partial<Pick<Daemon, 'processes'>>,
  serversOf: (name: string) => readonly string[],
) {
  const did = (name: string, act: (server: (typeof processes)[number]) => boolean) => {
    const named = serversOf(name);
    const changed = processes.filter((server) => named.includes(server.name) && act(server));
    const servers = changed.map((server) => server.name);
    return { name, servers, links: [], changed: servers };
  };
  return {
    wake: {
      params,
      does: 'write',
      run: ({ params: { name } }: ControlRequest) =>
        did(String(name), ({ parking }) => {
          if (!parking.isParked) return false;
          // As a call would: without one, it would be parked again at once.
          parking.called();
          return true;
        }),
    },
    sleep: {
      params,
      does: 'write',
      run: ({ params: { name } }: ControlRequest) =>
        did(String(name), ({ parking }) => parking.park('asked')),
    },
  } as const;
}

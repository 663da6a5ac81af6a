import type { ControlRequest } from '../faces/control/server.js';
import { attach } from './attach.js';
import type { Daemon } from './daemon.js';
import type { RunGateway } from './gateway/run-gateway.js';

/** What clients are served by. */
interface ServesClients {
  daemon: Partial<Pick<Daemon, 'accept' | 'clients'>>;
  version?: string;
  gateway?: Partial<Pick<RunGateway, 'logins'>>;
}

/** What concerns clients, as `Action`s. */
export function clientActions(context: ServesClients) {
  return { ...attaching(context), ...logins(context) };
}

/** A client that connects is served by a daemon that takes clients. */
function attaching({ daemon, version = '0.0.0' }: ServesClients) {
  const { accept } = daemon;
  if (!accept) return {};
  const params = { servers: 'any', agent: 'any', protocol: 'any', lang: 'lang' } as const;
  const taking = {
    accept: accept.bind(daemon),
    get clients() {
      return daemon.clients ?? [];
    },
  };
  const run = (asked: ControlRequest) => attach(taking, version, asked);
  return { attach: { params, does: 'write' as const, run } };
}

/** Which clients of OAuth people have let in, null without an authorization server; the end of one, null when there is none of this id. */
function logins({ gateway }: ServesClients) {
  return {
    'oauth/logins': {
      ...{ params: {}, does: 'read' as const },
      run: () => ({ logins: gateway?.logins?.all ?? null }),
    },
    'oauth/end': {
      ...{ params: { id: 'any' as const }, does: 'write' as const },
      run: ({ params: { id } }: ControlRequest) => ({ login: gateway?.logins?.end(String(id)) ?? null }),
    },
  };
}

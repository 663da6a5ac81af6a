import { type ClientPlan, clientPlan, type NotPlanned, type WantedServers } from '../config/client-plan.js';
import type { Plan } from '../config/plan.js';
import { ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import { LANGS, type Lang, messagesFor } from '../messages/index.js';
import { lineTransport } from '../transports/lines.js';
import type { Daemon } from './daemon.js';

/** What both sides of an attached connection have to agree on; a change of it is another number. */
export const ATTACH_PROTOCOL = 1;

/** As other requests that cannot be done now. */
const CANNOT = -32011;

/** Clients that may be attached at a time: each may make the daemon hold `maxQueuedBytes` in each direction. */
const MAX_CLIENTS = 64;

/** The result of the request `attach`. */
export interface Attached {
  pid: number;
  version: string;
  /** The names of the servers. */
  servers: readonly string[];
  /** See `ClientPlan`. */
  leftOut: readonly string[];
}

/** The parameters of the request `attach`. */
export interface AttachParams extends WantedServers {
  protocol: number;
  lang?: Lang;
}

/**
 * Answers the request `attach`: after the answer, its connection is that of a client of the daemon's servers, and carries
 * frames as lines in both directions. The client's link ends with the connection.
 *
 * @throws ControlRefusal
 */
// D188
export function attach(
  daemon: Pick<Daemon, 'accept' | 'clients'>,
  version: string,
  { params, takeOver }: ControlRequest,
): Attached {
  const { protocol, lang: given } = params;
  const lang = LANGS.find((known) => known === given) ?? 'en';
  const words = messagesFor(lang).clients;
  if (protocol !== ATTACH_PROTOCOL)
    throw new ControlRefusal(CANNOT, words.otherProtocol({ version }), { version });
  // Those of the gateway have a bound of their own.
  if (daemon.clients.filter(({ name }) => name.startsWith('stdio ')).length >= MAX_CLIENTS)
    throw new ControlRefusal(CANNOT, words.tooMany({ most: MAX_CLIENTS }));
  const wanted = wantedOf(params);
  let found: ClientPlan | NotPlanned = { unknown: [], known: [] };
  const serve = daemon.accept('stdio', (plan: Plan) => {
    found = clientPlan(plan, wanted);
    return 'unknown' in found ? undefined : found;
  });
  if (serve && 'most' in serve) throw new ControlRefusal(CANNOT, words.noRoom(serve));
  const planned = found as ClientPlan | NotPlanned;
  if (!serve || 'unknown' in planned) {
    const { unknown, known } = 'unknown' in planned ? planned : { unknown: [], known: [] };
    throw new ControlRefusal(-32602, words.notPlanned({ unknown, known }), {
      unknown,
      known,
    });
  }
  takeOver((socket) => {
    const { maxFrameBytes, maxQueuedBytes, closeTimeoutMs } = planned.settings;
    const transport = lineTransport({
      ...{ input: socket, output: socket, maxFrameBytes, maxQueuedBytes, closeTimeoutMs },
    });
    const link = serve(transport);
    if (!link || 'most' in link) return void transport.close();
    const forced = new AbortController();
    // Nothing can be sent to a client whose connection has ended.
    void link.gone.then(() => forced.abort()).then(() => link.stop(forced.signal, 'removed'));
  });
  return { pid: process.pid, version, servers: planned.servers, leftOut: planned.leftOut };
}

function wantedOf({ servers, agent }: Record<string, unknown>): WantedServers {
  const isNames = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((name) => typeof name === 'string');
  if (servers !== undefined && !isNames(servers))
    throw new ControlRefusal(-32602, '"servers" has to be a list of names.');
  if (agent !== undefined && typeof agent !== 'string')
    throw new ControlRefusal(-32602, '"agent" has to be the name of an agent.');
  return { servers, agent };
}

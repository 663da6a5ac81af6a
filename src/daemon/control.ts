import { type Asked, type ControlMethods, ControlRefusal } from '../faces/control/server.js';
import type { Health } from '../observe/health.js';
import type { Snapshot } from '../observe/snapshot.js';
import { Method } from '../protocol/mcp.js';
import type { AskOutcome } from '../session/ask.js';
import { listTools } from '../session/tools.js';
import type { Daemon, Link } from './daemon.js';

/**
 * What the control socket of a running daemon answers:
 *
 *     health                                         -> HealthReport
 *     links                                          -> { links: LinkSnapshot[] }
 *     tools/list { server }                          -> { tools }, all pages
 *     tools/call { server, name, arguments? }        -> the server's result; its progress as notifications before
 */
export function controlMethods(daemon: Daemon, health: Health, snapshot: Snapshot): ControlMethods {
  return {
    health: () => health.report(process.pid, Date.now()),
    links: () => ({ links: snapshot.links }),
    'tools/list': async ({ params, signal }) => {
      const link = linkOf(daemon, params.server);
      return resultOf(await listTools((...asked) => link.ask(...asked), { signal }));
    },
    'tools/call': async ({ params, signal, tell }: Asked) => {
      const { server, name, arguments: given } = params;
      const link = linkOf(daemon, server);
      if (typeof name !== 'string') throw new ControlRefusal(-32602, '"name" has to be the name of a tool.');
      const call = { name, ...(given === undefined ? {} : { arguments: given }) };
      const onProgress = (progress: object) => tell(Method.progress, progress);
      return resultOf(await link.ask('tools/call', call, { signal, onProgress }));
    },
  };
}

function linkOf({ links }: Daemon, server: unknown): Link {
  const link = links.find(({ name }) => name === server);
  if (link) return link;
  const known = links.map(({ name }) => name).join(', ');
  throw new ControlRefusal(-32602, `"server" has to be one of ${known}.`);
}

function resultOf(outcome: AskOutcome): unknown {
  if ('result' in outcome) return outcome.result;
  const { code, message, data } = outcome.error;
  throw new ControlRefusal(code, message, data);
}

import { type ControlMethods, ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import type { Health } from '../observe/health.js';
import { Method } from '../protocol/mcp.js';
import type { AskOutcome } from '../session/own-request.js';
import { listTools } from '../session/tools.js';
import type { Daemon } from './daemon.js';
import type { Link } from './links.js';

/**
 * What the control socket of a running daemon answers:
 *
 *     health                                         -> HealthReport
 *     links                                          -> { links: LinkHealth[] }
 *     holder { serves }                              -> { pid, since, leaves }: the process that listens here; whether it
 *                                                       gives up the socket, because the asking process has a lease and
 *                                                       it has none
 *     tools/list { server }                          -> { tools }, all pages
 *     tools/call { server, name, arguments? }        -> the server's result; its progress as notifications before
 *
 * A server is called by its own name, also when it shares its link with others, and its tools by theirs.
 */
export function controlMethods(
  daemon: Pick<Daemon, 'links'>,
  health: Health,
  holder: ControlMethods[string],
): ControlMethods {
  return {
    holder,
    health: () => health.report(process.pid, Date.now()),
    links: () => ({ links: health.report(process.pid, Date.now()).links }),
    'tools/list': async ({ params, signal }) => {
      const { link, server } = linkOf(daemon, params.server);
      return resultOf(await listTools((...asked) => link.ask(server, ...asked), { signal }));
    },
    'tools/call': async ({ params, signal, tell }: ControlRequest) => {
      const { name, arguments: given } = params;
      const { link, server } = linkOf(daemon, params.server);
      if (typeof name !== 'string') throw new ControlRefusal(-32602, '"name" has to be the name of a tool.');
      const call = { name, ...(given === undefined ? {} : { arguments: given }) };
      const onProgress = (progress: object) => tell(Method.progress, progress);
      return resultOf(await link.ask(server, 'tools/call', call, { signal, onProgress }));
    },
  };
}

/** The link that has the server; servers go by their own names, whichever link they are on. */
function linkOf({ links }: Pick<Daemon, 'links'>, server: unknown): { link: Link; server: string } {
  const link = links.find(({ servers }) => servers.some((name) => name === server));
  if (link) return { link, server: server as string };
  const known = links.flatMap(({ servers }) => servers).join(', ');
  throw new ControlRefusal(-32602, `"server" has to be one of ${known}.`);
}

function resultOf(outcome: AskOutcome): unknown {
  if ('result' in outcome) return outcome.result;
  const { code, message, data } = outcome.error;
  throw new ControlRefusal(code, message, data);
}

import { ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import type { AskOutcome } from '../protocol/ask.js';
import { Method } from '../protocol/mcp.js';
import { listTools } from '../servers/tools.js';
import type { Daemon } from './daemon.js';
import type { AskableServers } from './kept-servers.js';

/** What knows which servers can be asked; without `users`, those of links. */
export type AskedDaemon = Pick<Daemon, 'links'> & Partial<Pick<Daemon, 'users'>>;

/** What is asked of the tools of a server, as `Action`s. */
export function toolActions(daemon: AskedDaemon) {
  return {
    'tools/list': {
      params: { server: 'server' },
      does: 'read',
      run: async ({ params, signal }: ControlRequest) => {
        const { link, server } = linkWith(daemon, params.server);
        return resultOf(await listTools((...asked) => link.ask(server, ...asked), { signal }));
      },
    },
    'tools/call': {
      params: { server: 'server', name: 'tool', arguments: 'any' },
      does: 'write',
      run: async ({ params, signal, tell }: ControlRequest) => {
        const { name, arguments: given } = params;
        const { link, server } = linkWith(daemon, params.server);
        const call = { name, ...(given === undefined ? {} : { arguments: given }) };
        const onProgress = (progress: object) => tell(Method.progress, progress);
        return resultOf(await link.ask(server, 'tools/call', call, { signal, onProgress }));
      },
    },
  } as const;
}

/** What has the server and can ask it. Servers have their own names, whichever link they are on. */
export function linkWith(
  { links, users = links }: AskedDaemon,
  server: unknown,
): { link: AskableServers; server: string } {
  const link = users.find(({ servers }) => servers.some((name) => name === server));
  if (link) return { link, server: server as string };
  const known = [...new Set(users.flatMap(({ servers }) => servers))].join(', ');
  throw new ControlRefusal(-32602, `"server" has to be one of ${known}.`);
}

function resultOf(outcome: AskOutcome): unknown {
  if ('result' in outcome) return outcome.result;
  const { code, message, data } = outcome.error;
  throw new ControlRefusal(code, message, data);
}

import { type ControlMethods, ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import { LANGS, type Lang } from '../messages/index.js';
import type { Health } from '../observe/health.js';
import type { AskOutcome } from '../protocol/ask.js';
import { Method } from '../protocol/mcp.js';
import { listTools } from '../servers/tools.js';
import type { Daemon } from './daemon.js';
import type { Link } from './links.js';

type Links = Pick<Daemon, 'links'>;

/** Shape of a parameter: the name of a server of this daemon, the name of a tool, a language or any JSON value; the last two are optional. */
type Shape = 'server' | 'tool' | 'lang' | 'any';

/** One request that a running daemon answers. */
interface Action {
  /** Parameters, checked in this order before `run`. */
  params: Readonly<Record<string, Shape>>;
  /** Returns the result, as JSON. @throws ControlRefusal */
  run(asked: ControlRequest): unknown;
}

/**
 * The requests that a running daemon answers:
 *
 *     health { lang? }                               -> HealthReport, its texts in that language
 *     links                                          -> { links: LinkHealth[] }
 *     tools/list { server }                          -> { tools }, all pages
 *     tools/call { server, name, arguments? }        -> the server's result; its progress as notifications before
 *
 * A server and its tools have their own names here, even when the server shares its link with others.
 */
function actionsOf(daemon: Links, health: Health): Readonly<Record<string, Action>> {
  const report = (lang?: Lang) => health.report(process.pid, Date.now(), lang);
  return {
    health: { params: { lang: 'lang' }, run: ({ params }) => report(params.lang as Lang | undefined) },
    links: { params: {}, run: () => ({ links: report().links }) },
    'tools/list': {
      params: { server: 'server' },
      run: async ({ params, signal }) => {
        const { link, server } = linkOf(daemon, params.server);
        return resultOf(await listTools((...asked) => link.ask(server, ...asked), { signal }));
      },
    },
    'tools/call': {
      params: { server: 'server', name: 'tool', arguments: 'any' },
      run: async ({ params, signal, tell }) => {
        const { name, arguments: given } = params;
        const { link, server } = linkOf(daemon, params.server);
        const call = { name, ...(given === undefined ? {} : { arguments: given }) };
        const onProgress = (progress: object) => tell(Method.progress, progress);
        return resultOf(await link.ask(server, 'tools/call', call, { signal, onProgress }));
      },
    },
  };
}

/**
 * The requests that the control socket answers: the same, and
 *
 *     holder { serves }                              -> { pid, since, leaves }: the process that listens here; whether it
 *                                                       gives up the socket, because the asking process has a lease and
 *                                                       it has none
 */
export function controlMethods(
  daemon: Links,
  health: Health,
  holder: ControlMethods[string],
): ControlMethods {
  const methods: [string, ControlMethods[string]][] = [['holder', holder]];
  for (const [name, action] of Object.entries(actionsOf(daemon, health))) {
    methods.push([name, async (asked) => action.run(checked(action, asked, daemon))]);
  }
  return Object.fromEntries(methods);
}

/** @throws ControlRefusal that names the parameter of a wrong shape. */
function checked({ params }: Action, asked: ControlRequest, daemon: Links): ControlRequest {
  for (const [name, shape] of Object.entries(params)) {
    const value = asked.params[name];
    if (shape === 'server') linkOf(daemon, value);
    if (shape === 'tool' && typeof value !== 'string')
      throw new ControlRefusal(-32602, `"${name}" has to be the name of a tool.`);
    if (shape === 'lang' && value !== undefined && !LANGS.includes(value as Lang))
      throw new ControlRefusal(-32602, `"${name}" has to be one of ${LANGS.join(', ')}.`);
  }
  return asked;
}

/** The link that has the server. Servers have their own names, whichever link they are on. */
function linkOf({ links }: Links, server: unknown): { link: Link; server: string } {
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

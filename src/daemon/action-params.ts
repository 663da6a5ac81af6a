import { ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import { escapeControls } from '../messages/human.js';
import { LANGS, type Lang, messagesFor } from '../messages/index.js';
import { LOG_LEVELS } from '../observe/log-ring.js';
import type { Daemon } from './daemon.js';
import { linkWith } from './tool-actions.js';
import { type NamedParts, namedIn, namesIn } from './without-paused.js';

/** What names are looked up in. */
interface NamingContext {
  daemon: Parameters<typeof linkWith>[0] & Pick<Daemon, 'links'>;
  config?: { plan: NamedParts };
}

/**
 * Shape of a parameter: the name of a server of this daemon, the name of a tool, that of a server, a link or an agent, a
 * language, a level of the log, a whole number of 0 or more, or any JSON value; the last four are optional.
 */
export type Shape = 'server' | 'tool' | 'name' | 'lang' | 'level' | 'number' | 'any';

/** @throws ControlRefusal that names the parameter of a wrong shape. */
export function checked(
  params: Readonly<Record<string, Shape>>,
  asked: ControlRequest,
  context: NamingContext,
): ControlRequest {
  for (const [name, shape] of Object.entries(params)) {
    const value = asked.params[name];
    if (shape === 'server') linkWith(context.daemon, value);
    if (shape === 'name') mustBeNamed(context, value, asked.params.lang);
    if (shape === 'tool' && typeof value !== 'string')
      throw new ControlRefusal(-32602, `"${name}" has to be the name of a tool.`);
    if (shape === 'lang' && value !== undefined && !LANGS.includes(value as Lang))
      throw new ControlRefusal(-32602, `"${name}" has to be one of ${LANGS.join(', ')}.`);
    if (shape === 'level' && value !== undefined && !LOG_LEVELS.includes(value as string))
      throw new ControlRefusal(-32602, `"${name}" has to be one of ${LOG_LEVELS.join(', ')}.`);
    if (shape === 'number' && value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 0))
      throw new ControlRefusal(-32602, `"${name}" has to be a whole number of 0 or more.`);
  }
  return asked;
}

/** The refusal has every name as data: `{ names }`. */
export function mustBeNamed(context: NamingContext, name: unknown, wanted: unknown): void {
  const plan = planOf(context);
  const { servers, links } = namedIn(plan, String(name));
  // Servers of the gateway may be on no link.
  if (typeof name === 'string' && servers.length + links.length > 0) return;
  const lang = LANGS.find((known) => known === wanted) ?? 'en';
  const names = namesIn(plan);
  const text = messagesFor(lang).reload.unknownName({ name: String(name), names });
  throw new ControlRefusal(-32602, escapeControls(text), { names });
}

/** The plan with its paused parts; without a configuration, what runs. */
export function planOf({ config, daemon }: NamingContext): NamedParts {
  if (config) return config.plan;
  const { links } = daemon;
  return { links, servers: [...new Set(links.flatMap(({ servers }) => servers))].map((name) => ({ name })) };
}

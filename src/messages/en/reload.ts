import { count } from './numbers.js';

/** A configuration that is read again while mcp-pipe runs. */
export const reload = {
  began: ({ why }: { why: 'SIGHUP' | 'file-changed' | 'asked' }) =>
    `${BEGAN[why]}: reading the configuration again.`,
  unchanged: 'The configuration was read again; nothing in it has changed.',
  /** Behind `changed`. */
  audit: 'What has changed of the audit log holds from now on.',
  alerts: 'Changed alerts hold from now on.',
  sentry: 'Changed reports to Sentry hold from now on.',
  otlp: 'Where traces go has changed; that holds from the next start on.',
  redis:
    'The Redis that machines share, or how it is reached, has changed; that holds from the next start on.',
  gateway: 'The changed gateway holds from now on.',
  ui: 'The changed status page or metrics hold from now on.',
  profiles: 'Clients of the gateway get the servers of agents as they are now.',
  clients: 'Clients of the gateway get names of tools and settings as they are now.',
  /** Names of what changed; empty lists are left out. */
  changed: ({ servers, links }: Changed) =>
    `The configuration was read again. ${[part('Servers', servers), part('Links', links)].filter(Boolean).join(' ')}`,
  behind: ({ servers, variables }: { servers: readonly string[]; variables: readonly string[] }) =>
    `${servers.join(', ')} ${servers.length === 1 ? 'runs' : 'run'} on with the environment of the start, without the change of ${variables.join(', ')}: no entry names it. If a server needs it, run mcp-pipe restart.`,
  refused: ({ errors, watching }: { errors: number; watching: boolean }) =>
    `The changed configuration cannot be used${errors > 0 ? ` (${count(errors, 'error')})` : ''}. mcp-pipe runs on with the one before; ${watching ? 'correct the file, and it is read again by itself' : 'correct the file and run mcp-pipe reload'}.`,
  paused: ({ name }: { name: string }) =>
    `${name} is paused. mcp-pipe resume starts it again; it also starts when mcp-pipe is started again.`,
  resumed: ({ name }: { name: string }) => `${name} is resumed.`,
  cannotReload:
    'This mcp-pipe runs without a configuration that could be read again. Stop it, and start it with a configuration.',
  stopping:
    'mcp-pipe is stopping, so nothing is changed any more. Start it again: it reads the files as they are then.',
  cannotStop: 'This mcp-pipe does not stop over its control socket: end it where it was started.',
  unknownName: ({ name, names }: { name: string; names: readonly string[] }) =>
    `There is no server, link or agent "${name}". There are: ${names.join(', ')}.`,
};

const BEGAN = {
  SIGHUP: 'SIGHUP',
  'file-changed': 'A file of the configuration has changed',
  asked: 'mcp-pipe reload',
};

/** Names by what happened to them. */
export interface Changes {
  added: readonly string[];
  removed: readonly string[];
  restarted: readonly string[];
  updated: readonly string[];
  /** How many go on as they are. */
  kept: number;
}

interface Changed {
  servers: Changes;
  links: Changes;
}

function part(what: string, { added, removed, restarted, updated, kept }: Changes): string {
  const said = [
    ...list('added', added),
    ...list('removed', removed),
    ...list('restarted', restarted),
    ...list('changed while running', updated),
    ...(kept > 0 ? [`${kept} unchanged`] : []),
  ];
  return said.length === 0 ? '' : `${what}: ${said.join('; ')}.`;
}

function list(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}

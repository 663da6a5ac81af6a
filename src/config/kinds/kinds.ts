import type { Messages } from '../../messages/index.js';
import type { ServerSource } from '../../servers/server-transport.js';
import type { Settings } from '../defaults.js';
import type { ServerKindDefinition, SourceHost } from './kind.js';
import { http, sse, ws } from './remote/remote.js';
import { stdio } from './stdio/stdio.js';

/** Every kind of server, by its name in `type`. An entry that means none is read as the first. */
// D129
export const KINDS = { stdio, http, sse, ws } satisfies Record<
  keyof Messages['serverKinds'],
  ServerKindDefinition
>;

type Kinds = typeof KINDS;
export type ServerKind = keyof Kinds;
/** What an entry sets about how its server is reached. */
export type Reached = { [Kind in ServerKind]: ReturnType<Kinds[Kind]['read']> }[ServerKind];
/** The part of the plan about how a server is opened. */
export type Opened = { [Kind in ServerKind]: ReturnType<Kinds[Kind]['plan']> }[ServerKind];

/** The definition of a kind. */
export function kindOf({ kind }: { kind: ServerKind }): ServerKindDefinition<object, Reached, Opened> {
  return KINDS[kind];
}

/** The kind that a value of `type` means, in any spelling; undefined when it means none. */
export function kindNamed(written: string): ServerKind | undefined {
  const folded = written.toLowerCase().replace(/[-_ ]/g, '');
  return (Object.keys(KINDS) as ServerKind[]).find((kind) => kindOf({ kind }).names.includes(folded));
}

/** How a planned server is opened. */
export function sourceOf(
  server: Opened & { name: string },
  settings: Settings,
  host?: SourceHost,
): ServerSource {
  return kindOf(server).source(server, settings, host);
}

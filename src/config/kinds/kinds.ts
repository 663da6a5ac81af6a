import type { Messages } from '../../messages/index.js';
import type { ServerSource } from '../../servers/supervised-server.js';
import type { Settings } from '../defaults.js';
import type { ServerKindDefinition } from './kind.js';
import { stdio } from './stdio/stdio.js';

/** Every kind of server, by the name that `type` has for it; the first is that of an entry without one. */
// D129
export const KINDS = { stdio } satisfies Record<keyof Messages['serverKinds'], ServerKindDefinition>;

type Kinds = typeof KINDS;
export type ServerKind = keyof Kinds;
/** What an entry says of how its server is reached. */
export type Reached = { [Kind in ServerKind]: ReturnType<Kinds[Kind]['read']> }[ServerKind];
/** What the plan says of it. */
export type Opened = { [Kind in ServerKind]: ReturnType<Kinds[Kind]['plan']> }[ServerKind];

/** The definition for one of the kinds. */
export function kindOf({ kind }: { kind: ServerKind }): ServerKindDefinition<object, Reached, Opened> {
  return KINDS[kind];
}

/** The kind that a value of `type` means, in any spelling; undefined: none. */
export function kindNamed(written: string): ServerKind | undefined {
  const folded = written.toLowerCase().replace(/[-_ ]/g, '');
  return (Object.keys(KINDS) as ServerKind[]).find((kind) => kindOf({ kind }).names.includes(folded));
}

/** How a server of the plan is opened. */
export function sourceOf(server: Opened & { name: string }, settings: Settings): ServerSource {
  return kindOf(server).source(server, settings);
}

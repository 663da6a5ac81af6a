import type { ServerCommand } from '../../../process/launch.js';
import type { KindFacts, RuledServer } from '../kind.js';
import type { ReadConfinement } from './confined.js';

/** What an entry sets about a process. */
export interface Started extends Omit<ServerCommand, 'env'> {
  kind: 'stdio';
  /** What holds the process; undefined: nothing. */
  confinement?: ReadConfinement | undefined;
}

/** A server, as the rules for processes get it. */
export type StdioServer = RuledServer<Started>;

export type StdioFacts = KindFacts<Started>;

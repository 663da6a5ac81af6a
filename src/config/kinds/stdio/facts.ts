import type { ServerCommand } from '../../../process/launch.js';
import type { KindFacts, RuledServer } from '../kind.js';

/** What an entry sets about a process. */
export interface Started extends Omit<ServerCommand, 'env'> {
  kind: 'stdio';
}

/** A server, as the rules for processes get it. */
export type StdioServer = RuledServer<Started>;

export type StdioFacts = KindFacts<Started>;

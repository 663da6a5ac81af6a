import type { ServerCommand } from '../../../process/launch.js';
import type { KindFacts, RuledServer } from '../kind.js';

/** What an entry says of a process. */
export interface Started extends Omit<ServerCommand, 'env'> {
  kind: 'stdio';
}

/** A server as the rules for processes see it. */
export type StdioServer = RuledServer<Started>;

export type StdioFacts = KindFacts<Started>;

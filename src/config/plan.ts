import type { ServerCommand } from '../process/launch.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { Settings } from './defaults.js';

/** One server on one endpoint, everything resolved. */
export interface LinkPlan {
  kind: 'pipe';
  /** The server's name in the configuration, or the script's or command's name. Unique in a plan. */
  name: string;
  server: ServerCommand;
  endpoint: Endpoint;
  /** `passthrough` leaves `initialize` to the endpoint alone. */
  handshake: 'speculative' | 'passthrough';
  settings: Settings;
}

/** What will run. Pure data: printable, comparable, and nothing has been started. */
export interface Plan {
  links: readonly LinkPlan[];
  /** Doubts that do not keep anything from running; the log shows them. */
  warnings: readonly Finding[];
  /** Every secret value met on the way, for redaction. */
  secrets: readonly string[];
}

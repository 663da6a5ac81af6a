import type { AlertsPlan } from '../protocol/alert.js';
import type { AuditEntry, AuditPlan } from '../protocol/audit.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { FinishedCall } from '../protocol/finished-call.js';
import type { Frame } from '../protocol/frame.js';
import type { FrameRing } from '../protocol/frame-ring.js';
import type { LinkTraffic } from '../protocol/link-traffic.js';
import type { SentryPlan } from '../protocol/reporting.js';
import type { Status } from '../protocol/status.js';

/** What observers read of a plan. */
export interface ObservedPlan {
  secrets: readonly string[];
  links: readonly { name: string; servers: readonly string[]; endpoint: Endpoint }[];
  /** All servers, also those that only clients of the gateway use. */
  servers?: readonly { name: string }[];
  /** Its clients have the servers that no link uses as well. */
  gateway?: object | undefined;
  alerts?: AlertsPlan | undefined;
  sentry?: SentryPlan | undefined;
  audit?: AuditPlan | undefined;
}

/** Gets the events (D115): the log, the snapshot, or part of a program that uses the library. What it throws is caught. */
export interface Observer {
  /** Names the observer in the report of its error, for instance `log`. */
  readonly name: string;
  /** Called for every Status. It must return at once. */
  onStatus?(status: Status): void;
  /**
   * Called for every Status of a client that has connected to mcp-pipe, which is no link of the plan; `link` is the client's
   * name. What happens to a server that planned links use as well, `onStatus` gets.
   */
  onClientStatus?(status: Status): void;
  /** Called when another plan is applied, before the first Status of its links, which may contain the plan's secrets. */
  onPlan?(plan: ObservedPlan): void;
  /** Called with secrets that came later, tokens of a login for instance, before they are used. */
  onSecrets?(secrets: readonly string[]): void;
  /** Called once for each request of an endpoint that is over, which costs time: it has to be there when the app is made. */
  onCall?(call: FinishedCall): void;
  /** The same for clients that have connected to mcp-pipe; `link` is the client's name. */
  onClientCall?(call: FinishedCall): void;
  /**
   * Of `onCall` and `onClientCall`: objects that it still needs when it has returned, it keeps with their `keep`. Where all
   * observers say so, the objects are used again.
   */
  readonly returnsCalls?: boolean;
  /** Whether `onCall` and `onClientCall` want the arguments of calls that come from now on. It costs time. */
  takesArguments?(): boolean;
  /**
   * Called when a link or a client is made, with what can be read of its traffic from then on: it has to be there when the
   * app is made.
   */
  onTraffic?(link: string, traffic: LinkTraffic): void;
  /** Returns where the frames of a link are noted, for each link that is made. Of several observers, the first one is asked. */
  ringOf?(link: string): FrameRing;
  /** Called when something waits for a person that did not, or waits no more. */
  onHeldChange?(): void;
  /** Called with each line for the audit log that is no finished call. */
  onAudit?(entry: AuditEntry): void;
  /** Called for every frame that is carried, which costs time: it has to be there when the app is made. */
  onFrame?(link: string, to: 'server' | 'endpoint', frame: Frame): void;
}

import type { PlanDiff, ServerChange } from '../config/diff-plan.js';
import { type LinkPlan, type Plan, serversOf } from '../config/plan.js';
import type { ServerOptions } from '../config/server-options.js';
import type { Rank } from '../leases/lease.js';
import { Mux } from '../links/mux/mux.js';
import type { WhyRegrouped, WhyStopped } from '../protocol/status.js';
import type { SupervisedServer } from '../servers/supervised-server.js';
import { type Link, type PlannedServer, usedBy } from './links.js';

/** A link that was made for a plan. */
export interface RunningLink {
  /** Its part of the present plan. */
  plan: LinkPlan;
  readonly link: Link;
  /** The link that took its servers over, if there is one. */
  into?: RunningLink;
  /** Settles when the link has stopped; undefined until it is asked to stop. */
  ended?: Promise<void>;
}

/** Rank of a link of an earlier plan: it releases its lease after its last call, so no other link asks for it. */
export const LEAVING: Rank = { priority: Number.MAX_SAFE_INTEGER, order: 0 };

/** Why the next plan has no such link. */
export type WhyRemoved = Extract<WhyStopped, 'removed' | 'paused' | 'handed-over'>;

/** The steps to the next plan. */
export interface Changes {
  diff: PlanDiff;
  /** The new links. */
  fresh: readonly RunningLink[];
  /** The links that have to stop. */
  old: readonly RunningLink[];
  /** The servers that the next plan has no more, or has another process of. */
  gone: readonly SupervisedServer[];
}

/** The link that has the servers of this one now. */
export function withServersOf(one: RunningLink): RunningLink {
  return one.into ? withServersOf(one.into) : one;
}

/**
 * The running links that go on under the next plan. A mux may get, lose and restart servers. A link of another kind is
 * replaced when it has other servers, or when one of them needs another process: its tools may differ.
 */
export function continuingLinks(
  diff: PlanDiff,
  running: readonly RunningLink[],
  old: Plan,
  next: Plan,
): Set<RunningLink> {
  const links = new Map(diff.links.map((change) => [change.was, change]));
  const servers = new Map(diff.servers.map((change) => [change.name, change]));
  const nextLinks = new Map(next.links.map((link) => [link.name, link]));
  const isRegrouped = (one: RunningLink) => running.some(({ into }) => into !== undefined && into === one);
  const goOn = new Set(
    running.filter((one) => {
      const { plan, into } = one;
      const change = links.get(plan.name)?.change;
      const isSame = change === 'kept' || change === 'updated';
      if (plan.kind !== 'mux' || into || isRegrouped(one))
        return isSame && plan.servers.every((name) => runsOn(servers.get(name)));
      const after = nextLinks.get(plan.name);
      // A mux decides about `initialize` only when it is made.
      const isInitialized = after && isPassthrough(old, plan) === isPassthrough(next, after);
      return (isSame || change === 'members-changed') && isInitialized;
    }),
  );
  // Servers that another link took over belong to that link: both links go on, or neither.
  for (let count = -1; count !== goOn.size; ) {
    count = goOn.size;
    for (const one of running) {
      if (!one.into || goOn.has(one) === goOn.has(one.into)) continue;
      goOn.delete(one);
      goOn.delete(one.into);
    }
  }
  return goOn;
}

/** Whether the process of a server goes on. */
export function runsOn(change: ServerChange | undefined): boolean {
  return change?.change === 'kept' || change?.change === 'updated';
}

function isPassthrough(plan: Plan, link: LinkPlan): boolean {
  return serversOf(plan, link).some(({ options }) => options.handshake === 'passthrough');
}

/** The link that takes over the servers of `mux`, one of the running links; see `otherLink` of `MuxOptions`. */
export function regroup(mux: Mux, why: WhyRegrouped, running: readonly RunningLink[]): Mux | undefined {
  const from = running.find(({ link }) => link === mux);
  if (!from) return undefined;
  const { identity } = from.plan.endpoint;
  const others = running.flatMap((one) => {
    const { link, plan, into } = one;
    const isOther = link instanceof Mux && link !== mux && into === undefined && link.state !== 'idle';
    return isOther && plan.endpoint.identity === identity ? [{ one, link }] : [];
  });
  // An open link takes the servers over at once; without one, the first link does. A link that waits for a lease gains
  // nothing from a link that is not open.
  const open = others.find(({ link }) => link.state === 'open');
  const to = why === 'waiting-for-lease' ? open : (open ?? others[0]);
  if (!to) return undefined;
  from.into = to.one;
  return to.link;
}

/** See `Shared`. A link may have taken over the servers of another one. */
export function optionsOn(
  name: string,
  server: string,
  running: readonly RunningLink[],
  servers: ReadonlyMap<string, PlannedServer>,
): ServerOptions | undefined {
  const has = ({ plan }: RunningLink) => plan.servers.includes(server);
  const of = running.find((one) => withServersOf(one).plan.name === name && has(one));
  const planned = servers.get(server);
  return of && planned ? usedBy({ ...of.plan, servers: [server] }, servers)[0]!.options : planned?.options;
}

/** Whether the present plan has the server on this link, or on a link whose servers this one has taken over. */
export function isOn(one: RunningLink, { name }: SupervisedServer, running: readonly RunningLink[]): boolean {
  return running.some((other) => withServersOf(other) === one && other.plan.servers.includes(name));
}

/** The planned servers of a running link that it does not use yet; it waits for nobody who leaves the others. */
export function joinedBy(one: RunningLink, servers: ReadonlyMap<string, PlannedServer>): string[] {
  const { link } = withServersOf(one);
  const used = link instanceof Mux ? link.used : [];
  return one.plan.servers.filter((name) => !used.includes(servers.get(name)!.server));
}

import type { PlanDiff, ServerChange } from '../config/diff-plan.js';
import type { LinkPlan } from '../config/plan.js';
import type { Link } from './links.js';

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

/** Options of servers that a link of this kind reads only when it is made. */
const READ_ONCE: Readonly<Record<LinkPlan['kind'], readonly string[]>> = {
  pipe: [],
  mux: ['options.tools'],
  rotate: ['options.rotate'],
};

/**
 * The running links that go on under the next plan. A link owns its servers, so it does not go on when it has other
 * servers, or when one of them needs another process.
 */
export function continuingLinks(diff: PlanDiff, running: readonly RunningLink[]): Set<RunningLink> {
  const links = new Map(diff.links.map((change) => [change.was, change]));
  const servers = new Map(diff.servers.map((change) => [change.name, change]));
  const goOn = new Set(
    running.filter(({ plan }) => {
      const change = links.get(plan.name)?.change;
      const isSame = change === 'kept' || change === 'updated';
      return isSame && plan.servers.every((name) => isServed(servers.get(name), plan.kind));
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

function isServed(change: ServerChange | undefined, kind: LinkPlan['kind']): boolean {
  if (change?.change === 'kept') return true;
  return change?.change === 'updated' && !change.keys.some((key) => READ_ONCE[kind].includes(key));
}

/** Whether a link waits until another one has ended: no server runs twice, and no name means two links. */
// D128
export function hasToWaitFor(one: RunningLink, other: RunningLink): boolean {
  const { name, servers } = one.plan;
  return other.plan.name === name || other.link.servers.some((server) => servers.includes(server));
}

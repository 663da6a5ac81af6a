import type { Plan } from '../../config/plan.js';

/** Parts of a plan that are served over HTTP. */
export type HttpPlans = Pick<Plan, 'gateway' | 'ui' | 'metrics'>;

/** A change that can be made: what it needs is open. */
export interface Prepared {
  /** Makes it. To be called in any case: an open port is closed by the next change only. */
  commit(): void;
}

/** What a change of the configuration asks before it is made. */
export interface PreparesHttp {
  /** @throws ListenError when an address cannot be listened on: everything is as before. */
  prepare(plans: HttpPlans): Promise<Prepared>;
}

/** The page as `mcp-pipe status` tells it. */
export interface PageState {
  origin: string;
  /** What it asks for: nothing, the key that mcp-pipe made, or the one of the configuration. */
  key: 'none' | 'made' | 'written';
}

/** How the page is opened: with a key that was made, for the person at the terminal alone. */
export interface PageLink extends PageState {
  madeKey: string | undefined;
}

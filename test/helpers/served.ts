import { onTestFinished } from 'vitest';
import type { LinkPlan } from '../../src/config/plan.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { eventually } from './eventually.js';
import { type MemberUnderTest, planLink, planMux, startPlans } from './link.js';

/** How servers are connected to the endpoint: one link for each, or one for all of them. */
export type LinkKind = LinkPlan['kind'];

export interface Served {
  /** Address of this server for MCP clients over HTTP. */
  urlOf(name: string): string;
}

/** Servers behind links of that kind, and an endpoint that only relays. All of them are connected. */
export async function serve(kind: LinkKind, servers: readonly MemberUnderTest[]): Promise<Served> {
  const running = await startEndpoint();
  onTestFinished(() => running.close());
  const tokenOf = (name: string) => (kind === 'pipe' ? `token-of-${name}` : 'token-of-all');
  const endpointOf = (name: string) => new Endpoint(running.selfHostedUrl(tokenOf(name)));
  const plans =
    kind === 'pipe'
      ? servers.map((server) => planLink({ ...server, endpoint: endpointOf(server.name) }))
      : [planMux({ endpoint: endpointOf('all'), members: servers, prefix: 'never' })];
  startPlans(plans);
  await eventually(() => running.connections().length === plans.length, { what: 'every connection' });
  return { urlOf: (name) => running.httpUrl(tokenOf(name)) };
}

import type { LeaseFile } from '../../leases/files.js';
import type { Endpoint } from '../../protocol/endpoint.js';
import { type Item, item } from './item.js';

/** What is known about who uses the tokens. */
export interface OwnerFacts {
  /** The endpoints of the configuration, each identity once. */
  endpoints: readonly Endpoint[];
  leases: readonly Pick<LeaseFile, 'key' | 'content' | 'isAlive'>[];
  /** Processes whose leases are no news: the running mcp-pipe of this configuration, and this one. */
  own: readonly (number | undefined)[];
  /** Links of the running mcp-pipe whose connection another client keeps replacing, with the token's fingerprint. */
  contested: readonly string[];
}

/** The lines about other owners of the tokens. Pure. */
export function judgeOwners({ endpoints, leases, own, contested }: OwnerFacts): Item[] {
  const held = leases.filter(({ isAlive, content }) => isAlive && content?.kind === 'token');
  const ofUs = endpoints.flatMap(({ identity, fingerprint }) =>
    held.flatMap(({ key, content }) =>
      identity.startsWith(key) ? [{ content: content!, fingerprint }] : [],
    ),
  );
  const others = ofUs.filter(({ content }) => !own.includes(content.pid));
  const items = [
    ...contested.map((link) => item('error', 'owner', link, 'owner-contested', {})),
    ...others.map(({ content: { pid, link, since }, fingerprint }) =>
      item('warning', 'owner', `#${fingerprint}`, 'owner-other', { token: fingerprint, pid, link, since }),
    ),
  ];
  if (items.length > 0) return items;
  return ofUs.length > 0
    ? [item('ok', 'owner', '', 'owner-self', { connections: ofUs.length })]
    : [item('ok', 'owner', '', 'owner-none', {})];
}

import type { LinkPlan, Plan } from './plan.js';

/**
 * The link of the old plan for each link of the next plan. Names of links are given by position (`mux-2`), so the token
 * counts first: the same name on the same token; then, on the same token, the links with the most servers in common; then
 * the same name on another token.
 */
export function matchLinks(old: readonly LinkPlan[], next: readonly LinkPlan[]): Map<LinkPlan, LinkPlan> {
  const pairs = new Map<LinkPlan, LinkPlan>();
  const free = new Set(old);
  const pair = (link: LinkPlan, was: LinkPlan | undefined) => {
    if (!was || !free.has(was) || pairs.has(link)) return;
    pairs.set(link, was);
    free.delete(was);
  };
  const byName = new Map(old.map((link) => [link.name, link]));
  for (const link of next) {
    const was = byName.get(link.name);
    if (was && isSameToken(link, was)) pair(link, was);
  }
  const candidates = next
    .filter((link) => !pairs.has(link))
    .flatMap((link) =>
      [...free]
        .filter((was) => isSameToken(link, was))
        .map((was) => ({
          link,
          was,
          common: link.servers.filter((name) => was.servers.includes(name)).length,
        })),
    )
    .filter(({ common }) => common > 0);
  // The order does not depend on which plan is the old one, so that both directions give the same pairs.
  const names = ({ link, was }: { link: LinkPlan; was: LinkPlan }) => [link.name, was.name].sort().join('\n');
  candidates.sort((a, b) => b.common - a.common || (names(a) < names(b) ? -1 : 1));
  for (const { link, was } of candidates) pair(link, was);
  for (const link of next) pair(link, byName.get(link.name));
  return pairs;
}

/**
 * The next plan, with the names of the running plan for links that go on: `mux-2` stays `mux-2` when the file has one more
 * token before it. New links get free names.
 */
// D162
export function withKeptNames(old: Plan, next: Plan): Plan {
  const pairs = matchLinks(old.links, next.links);
  const fixed = next.links.filter((link) => !isNumbered(link));
  const taken = new Set([
    ...[...next.servers, ...fixed].map(({ name }) => name),
    ...next.links.flatMap(({ agent }) => agent ?? []),
  ]);
  const names = new Map<LinkPlan, string>();
  const take = (link: LinkPlan, name: string) => {
    names.set(link, name);
    taken.add(name);
  };
  for (const link of next.links) {
    const was = pairs.get(link);
    const goesOn = isNumbered(link) && was?.kind === link.kind && isNumbered(was) && isSameToken(link, was);
    if (goesOn && !taken.has(was.name)) take(link, was.name);
  }
  for (const link of next.links) {
    if (names.has(link) || !isNumbered(link)) continue;
    const free = (n: number): string => {
      const name = n === 1 ? link.kind : `${link.kind}-${n}`;
      return taken.has(name) ? free(n + 1) : name;
    };
    take(link, taken.has(link.name) ? free(1) : link.name);
  }
  return { ...next, links: next.links.map((link) => ({ ...link, name: names.get(link) ?? link.name })) };
}

/** Whether the link is named after its kind, and by its position in the plan. */
function isNumbered({ kind, name, agent }: LinkPlan): boolean {
  return agent === undefined && new RegExp(`^${kind}(-\\d+)?$`).test(name);
}

function isSameToken(a: LinkPlan, b: LinkPlan): boolean {
  return a.endpoint.identity === b.endpoint.identity;
}

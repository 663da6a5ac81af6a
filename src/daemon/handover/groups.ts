import type { HandoverGroup, HandoverLink, HandoverParts } from '../../protocol/handover.js';

interface Member {
  gives?: string;
  takes?: string;
  isHttp?: true;
  /** Members that have one of these in common are handed over together. */
  ties: readonly string[];
}

/**
 * The steps in which `next` takes over from `old`: each token by itself, unless links share a server that is not in `overlap`.
 * In the order of the links of `old`, then of `next`.
 */
export function handoverGroups(
  old: HandoverParts,
  next: HandoverParts,
  overlap: readonly string[],
): HandoverGroup[] {
  const once = (servers: readonly string[]) =>
    servers.filter((name) => !overlap.includes(name)).map((name) => `server ${name}`);
  const tiesOf = ({ token, servers }: HandoverLink) => [`token ${token}`, ...once(servers)];
  const members: Member[] = [
    ...old.links.map((link) => ({ gives: link.name, ties: tiesOf(link) })),
    ...next.links.map((link) => ({ takes: link.name, ties: tiesOf(link) })),
    ...[old.http, next.http].flatMap((servers): Member[] =>
      servers ? [{ isHttp: true, ties: ['http', ...once(servers)] }] : [],
    ),
  ];
  const groups: { members: Member[]; ties: Set<string> }[] = [];
  for (const member of members) {
    const tied = groups.filter(({ ties }) => member.ties.some((tie) => ties.has(tie)));
    const into = tied[0] ?? { members: [], ties: new Set<string>() };
    if (tied.length === 0) groups.push(into);
    for (const other of tied.slice(1)) {
      into.members.push(...other.members);
      for (const tie of other.ties) into.ties.add(tie);
      groups.splice(groups.indexOf(other), 1);
    }
    into.members.push(member);
    for (const tie of member.ties) into.ties.add(tie);
  }
  return groups.map((group) => ({
    gives: group.members.flatMap(({ gives }) => gives ?? []),
    takes: group.members.flatMap(({ takes }) => takes ?? []),
    http: group.members.some(({ isHttp }) => isHttp === true),
  }));
}

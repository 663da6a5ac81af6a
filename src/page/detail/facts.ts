/** What is known of a server or link, as a list of terms. */
import type { FeedDetail, FeedFacts, FeedItem, FeedLink, FeedServer } from '../../protocol/feed.js';
import { E, type Kid, type View } from '../dom.js';
import { bytes, glue, num } from '../format.js';
import { glyph, hrefTo } from '../pieces.js';
import { page } from '../state.js';
import { w } from '../words.js';

const NONE = '–';

/** @param listed Its tools, once the page has asked for them. */
export function serverFacts(
  server: FeedServer,
  detail: FeedDetail | undefined,
  listed: number | undefined,
): View {
  const words = w.detail.facts;
  const facts: FeedFacts = detail?.facts ?? {};
  const links = page.feed.snapshot?.links ?? [];
  const hasAgents = links.some(({ agent }) => agent !== undefined);
  const tools = facts.tools ?? listed;
  const isRemote = (facts.kind ?? 'stdio') !== 'stdio';
  return factsCard([
    [hasAgents ? words.agents : w.overview.links, others(server.links, links)],
    facts.kind && [words.kind, facts.kind],
    [isRemote ? words.address : words.command, code(facts.command)],
    // Several processes are no children of the first one: each has its number below.
    !isRemote && !facts.copies && [words.pid, pid(facts.pid, server.processes)],
    facts.copies && [words.copies, facts.copies.map((text) => E('div', { key: text }, text))],
    [words.calledItself, facts.calledItself],
    [words.protocol, facts.protocol],
    facts.start && [words.start, glue(facts.start)],
    [words.tools, tools === undefined ? undefined : num(tools)],
    [words.restarts, num(server.restarts)],
    !isRemote && [words.memory, measured(server.memoryBytes, bytes)],
    !isRemote && [words.cpu, measured(server.cpuPercent, (percent) => `${num(percent, 1)}\u00a0%`)],
    facts.limits && [words.limits, glue(facts.limits)],
  ]);
}

export function linkFacts(link: FeedLink, detail: FeedDetail | undefined): View {
  const words = w.detail.facts;
  const facts: FeedFacts = detail?.facts ?? {};
  const servers = page.feed.snapshot?.servers ?? [];
  return factsCard([
    [words.servers, others(link.servers, servers)],
    [words.kind, facts.kind ?? link.kind],
    link.fingerprint && [words.token, code(link.fingerprint)],
    [words.endpoint, code(link.endpoint)],
    [words.client, link.client],
    link.tools !== undefined && [words.tools, num(link.tools)],
    [words.bytes, words.inOut({ received: bytes(link.bytesIn), sent: bytes(link.bytesOut) })],
    facts.slots && [words.slots, glue(facts.slots)],
    facts.listChanges && [words.listChanges, glue(facts.listChanges)],
    facts.lastCause && [words.lastCause, glue(facts.lastCause)],
  ]);
}

function factsCard(
  facts: readonly (readonly [term: string, value: Kid] | false | '' | 0 | undefined)[],
): View {
  return E(
    'section.card.last',
    { 'aria-labelledby': 'h-facts' },
    E('h2.unseen', { id: 'h-facts' }, w.detail.facts.title),
    E(
      'dl.facts',
      {},
      facts.map((fact) => {
        if (!fact) return null;
        const [term, value] = fact;
        return [
          E('dt', { key: `term ${term}`, class: Array.isArray(value) ? 'tall' : undefined }, term),
          E('dd', { key: `fact ${term}` }, value ?? NONE),
        ];
      }),
    ),
  );
}

/** Links to the items with these names, each with its shape. */
function others(names: readonly string[], items: readonly (FeedServer | FeedLink)[]): Kid[] | string {
  if (names.length === 0) return w.detail.facts.noneUse;
  const byName = new Map<string, FeedItem & (FeedServer | FeedLink)>(items.map((item) => [item.name, item]));
  return names.map((name) => {
    const item = byName.get(name);
    if (item === undefined) return E('div', { key: name }, name);
    return E(
      'div',
      { key: name, class: `state-line ${item.class}` },
      glyph(item.class, item.word),
      E('a', { href: hrefTo(item) }, name),
    );
  });
}

function code(text: string | undefined): Kid {
  return text && E('code', {}, text);
}

function pid(own: number | undefined, processes = 1): string | undefined {
  if (own === undefined) return undefined;
  const children = processes - 1;
  if (children < 1) return String(own);
  return w.detail.facts.children({ pid: String(own), n: children, text: num(children) });
}

/** A dash and why, where nothing can be measured. */
function measured(value: number | undefined, format: (value: number) => string): Kid {
  if (value !== undefined) return format(value);
  const why = page.feed.snapshot?.machine.notMeasured;
  return why && [NONE, ' ', E('span.muted.small', {}, why)];
}

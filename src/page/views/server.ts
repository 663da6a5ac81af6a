/** One server: its state and why, charts, the last 24 hours, tools, calls, log, facts. */
import type { FeedDetail, FeedServer } from '../../protocol/feed.js';
import { bandCard } from '../detail/band.js';
import { callsCard } from '../detail/calls.js';
import { chartsView } from '../detail/charts.js';
import { serverFacts } from '../detail/facts.js';
import { itemHead, itemWhy, missing } from '../detail/item.js';
import { logCard } from '../detail/log-card.js';
import { E, type Kid, keep } from '../dom.js';
import { page } from '../state.js';
import { countTools } from '../tools/state.js';
import { toolsCard } from '../tools/tools-card.js';
import { lang, w } from '../words.js';

export function serverView(name: string): Kid {
  const { snapshot } = page.feed;
  const server = snapshot?.servers.find((one) => one.name === name);
  if (server === undefined)
    return missing(name, snapshot === undefined ? undefined : w.notFound.server({ name }));
  const detail = detailOf('server', name);
  const isBad = server.class === 'bad';
  const log = E('div', { key: 'log' }, logCard(name));
  // What is broken is read next: its last words stand right below why it is.
  return [
    itemHead(server),
    E(
      'div.page',
      {},
      E(
        'div.columns',
        {},
        E('div.stack', {}, itemWhy(server), !isBad && charts(server, detail), isBad && log, life(detail)),
        serverFacts(server, detail, countTools(name)),
      ),
      !isBad &&
        E('div.stack', {}, toolsCard(server, detail?.toolCalls), E('div.pair', {}, calls(detail), log)),
    ),
  ];
}

/** The detail of what is looked at; undefined until it has come. */
export function detailOf(of: FeedDetail['of'], name: string): FeedDetail | undefined {
  const { detail } = page.feed;
  return detail?.of === of && detail.name === name ? detail : undefined;
}

/** The last 24 hours. */
export function life(detail: FeedDetail | undefined): Kid {
  return detail && keep('life', [detail.band, detail.moves, lang], () => bandCard(detail));
}

function charts(server: FeedServer, detail: FeedDetail | undefined): Kid {
  if (detail === undefined) return null;
  const figures = [server.perMinute, server.p50, server.p99, server.memoryBytes];
  return keep(
    'charts',
    [detail.charts, ...figures, lang],
    () => (detail.charts && chartsView(server, detail.charts)) ?? E('p.empty', {}, w.detail.noCharts),
  );
}

function calls(detail: FeedDetail | undefined): Kid {
  return detail && keep('calls', [detail.calls, lang], () => callsCard(detail.calls));
}

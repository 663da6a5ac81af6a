import { feedWordsFor } from '../../messages/feed/index.js';
import { escapeControls } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import type { FeedCall, FeedDetail, FeedFacts } from '../../protocol/feed.js';
import type { Clock } from '../../time/clock.js';
import { demandParts } from '../demand-parts.js';
import { limitParts } from '../limit-parts.js';
import type { ServerSnapshot } from '../link-snapshot.js';
import type { DetailMeasures } from '../measures/measures.js';
import type { FeedReader } from './feed-reader.js';
import { wordMove } from './moves.js';
import { printable } from './printable.js';
import { usedServersOf } from './server-facts.js';
import type { FeedSources } from './sources.js';

/** Charts and lists need not change more often. */
const EVERY_MS = 1_000;
const NOTHING: DetailMeasures = {
  ...{ charts: undefined, moves: [], calls: [], toolCalls: undefined },
  band: { everyMs: 300_000, from: 0, classes: [], wellPart: 1 },
};

/** Gives the reader more of the server or link that it looks at, once a second at most. Returns a function that ends it. */
export function detailOf(
  sources: FeedSources,
  reader: FeedReader,
  clock: Pick<Clock, 'after'>,
  wallNow: () => number,
): () => void {
  const { view, lang } = reader.asked;
  if (view?.of !== 'server' && view?.of !== 'link') return () => {};
  const { of, name } = view;
  let told: string | undefined;
  let cancel = () => {};
  const tell = () => {
    const detail = buildDetail(sources, { of, name, lang });
    const text = JSON.stringify(detail);
    if (detail && text !== told) reader.push({ type: 'detail', at: wallNow(), of, name, ...detail });
    told = text;
    cancel = clock.after(EVERY_MS, tell);
  };
  tell();
  return () => cancel();
}

interface Wanted {
  of: 'server' | 'link';
  name: string;
  lang: Lang;
}

type Detail = Omit<FeedDetail, 'type' | 'at' | 'of' | 'name'>;

/** Undefined for a name that is not in the plan. */
export function buildDetail(sources: FeedSources, wanted: Wanted): Detail | undefined {
  const { of, name, lang } = wanted;
  const facts = of === 'server' ? factsOfServer(sources, name, lang) : factsOfLink(sources, name, lang);
  if (!facts) return undefined;
  const { measures } = sources;
  const measured = (of === 'server' ? measures?.serverDetail(name) : measures?.linkDetail(name)) ?? NOTHING;
  const { charts, band, moves, calls, toolCalls } = measured;
  const limits = of === 'server' ? serverIn(sources, name)?.limits : undefined;
  const memoryLimitBytes = limits?.memory && limits.memory * limits.copies;
  return {
    ...{ charts: charts && memoryLimitBytes ? { ...charts, memoryLimitBytes } : charts, band, toolCalls },
    moves: moves.map((move) => wordMove(move, sources, lang)),
    calls: calls.map((call) => printableCall(call, sources)),
    facts,
  };
}

function factsOfServer(sources: FeedSources, name: string, lang: Lang): FeedFacts | undefined {
  const planned = sources.plan().servers.find((server) => server.name === name);
  const isInstance = sources.instances().some((instance) => instance.name === name);
  if (!planned && !isInstance) return undefined;
  const { reasons } = sources;
  const server = serverIn(sources, name);
  const shown = planned?.shown?.();
  return {
    kind: planned?.kind,
    command: shown === undefined ? undefined : escapeControls(reasons.clean(shown)),
    pid: server?.pid,
    calledItself: server?.serverName === undefined ? undefined : printable(server.serverName, reasons),
    protocol: server?.protocol === undefined ? undefined : printable(server.protocol, reasons),
    ...(server?.demand ? { start: startOf(server, lang) } : {}),
    ...(server?.copies ? { copies: server.copies.map(messagesFor(lang).processes.each) } : {}),
    ...(server?.limits ? { limits: limitParts(server.limits, messagesFor(lang).bounds).join('; ') } : {}),
  };
}

function serverIn(sources: FeedSources, name: string): ServerSnapshot | undefined {
  return usedServersOf(sources.links()).get(name)?.server ?? sources.apart.server(name, Date.now());
}

/** When a server that is started on demand is started. */
function startOf({ state, startMs, demand }: ServerSnapshot, lang: Lang): string {
  const isAsleep = state === 'idle-stopped';
  const parts = demandParts({ isAsleep, startMs, demand }, Date.now(), messagesFor(lang).demand);
  return feedWordsFor(lang).facts.onDemand({ parts });
}

function factsOfLink(sources: FeedSources, name: string, lang: Lang): FeedFacts | undefined {
  const planned = sources.plan().links.find((link) => link.name === name);
  if (!planned) return undefined;
  const { facts } = feedWordsFor(lang);
  const link = sources.links().find((one) => one.name === name);
  return {
    kind: planned.kind,
    slots: planned.slots === undefined ? undefined : facts.slots({ slots: planned.slots }),
    listChanges: facts.listChanges[link?.listChanges ?? 'unknown'],
    lastCause: sources.reasons.lastCauseOf(name, lang),
  };
}

/** Its texts are the endpoint's. */
function printableCall(call: FeedCall, { reasons }: FeedSources): FeedCall {
  const clean = (text: string) => printable(text, reasons);
  const { method, tool, id } = call;
  return {
    ...call,
    method: clean(method),
    id: clean(id),
    ...(tool === undefined ? {} : { tool: clean(tool) }),
  };
}

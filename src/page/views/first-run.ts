/** The first steps: before there is a server, and before there was a call. */
import type { FeedSnapshot } from '../../protocol/feed.js';
import { E, type Kid } from '../dom.js';
import { num } from '../format.js';
import { command, glyph, verdict } from '../pieces.js';
import { w } from '../words.js';

/** No server: the three commands that make some run. */
export function emptyRun(): Kid {
  const words = w.overview.empty;
  const steps = [
    ['mcp-pipe init', words.init],
    ['mcp-pipe check', words.check],
    ['mcp-pipe', words.run],
  ] as const;
  return E(
    'div.narrow',
    { key: 'empty' },
    verdict('rest', words.head, words.about),
    E(
      'ol.card.steps',
      {},
      steps.map(([text, about], i) =>
        E(
          'li',
          {},
          E('b', { 'aria-hidden': 'true' }, num(i + 1)),
          E('div.stack.tight', {}, E('p', {}, about), command(text)),
        ),
      ),
    ),
    E('p.muted.small.after', {}, words.more),
  );
}

/** Servers, but no call since mcp-pipe started: what is done and what comes next. The headline stays: all may be well. */
export function firstSteps({ machine, servers, links }: FeedSnapshot): Kid {
  const words = w.overview.first;
  const ready = servers.filter((server) => server.class === 'ok' || server.state === 'asleep');
  const open = links.find((link) => link.class === 'ok');
  const isRead = machine.readAt !== undefined || servers.length > 0;
  return E(
    'section',
    { key: 'first', 'aria-labelledby': 'h-first' },
    E('div.heading', {}, E('h2', { id: 'h-first' }, words.head)),
    E(
      'ol.card.steps',
      {},
      step(
        isRead,
        words.read,
        words.readDetail({
          file: machine.file ?? w.title,
          servers: words.servers({ n: servers.length, text: num(servers.length) }),
          links: words.links({ n: links.length, text: num(links.length) }),
        }),
      ),
      step(
        ready.length > 0,
        ready.length === 0
          ? words.serverNot
          : ready.length === 1
            ? words.serverReady({ name: ready[0]!.name })
            : words.serversReady({ n: num(ready.length) }),
        ready.length > 0 && words.serverReadyDetail,
      ),
      step(
        open !== undefined,
        open === undefined ? words.linkNot : words.linkOpen({ endpoint: open.endpoint }),
        open !== undefined &&
          (open.client === undefined ? words.linkOpenDetail : words.linkAsked({ client: open.client })),
      ),
      step(false, words.ask, words.askDetail, words.askMore),
    ),
  );
}

function step(isDone: boolean, head: string, ...below: (string | false)[]): Kid {
  return E(
    'li',
    { class: isDone ? 'ok' : 'busy' },
    glyph(isDone ? 'ok' : 'busy'),
    E(
      'div',
      {},
      E('h3', {}, head, isDone && E('span.unseen', {}, ` ${w.overview.first.done}`)),
      below.map((text) => text !== false && E('p.words', {}, text)),
    ),
  );
}

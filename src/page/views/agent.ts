import type { FeedLink } from '../../protocol/feed.js';
import { E, type Kid, keep, type View } from '../dom.js';
import { num } from '../format.js';
import { glyph, hrefTo, nextLine, stateLine } from '../pieces.js';
import { page } from '../state.js';
import { lang, w } from '../words.js';
import { light } from './wires.js';

/** `hasAgents`: whether links of agents stand beside it, so that one of its own is told apart. */
export function agentCard(link: FeedLink, hasAgents: boolean): Kid {
  const deps = [link, hasAgents, lang, page.feed.status];
  return keep(`link ${link.name}`, deps, () => card(link, hasAgents));
}

function card(link: FeedLink, hasAgents: boolean): View {
  const { name, agent, client, tools, fingerprint, endpoint } = link;
  const words = w.overview;
  const note =
    agent === undefined ? (hasAgents ? words.ownLink : undefined) : agent === name ? undefined : agent;
  const lights = light('link', name);
  const asked =
    client === undefined ? null : `${words.askedBy({ client })} · ${num(link.perMinute, 1)}${w.perMinute}`;
  return E(
    'li',
    { class: `panel agent ${link.class}`, ...lights.hover },
    E('i.port', { 'data-port': `link ${name}`, 'aria-hidden': 'true' }),
    E(
      'div.name',
      {},
      glyph(link.class),
      E(
        'div',
        {},
        E(
          'h3',
          {},
          E('a', { href: hrefTo(link), title: name, ...lights.focus }, name),
          note !== undefined && E('span.muted.small', {}, ` ${note}`),
        ),
        E('div.state', {}, stateLine(link)),
      ),
    ),
    E(
      'div.more.words',
      {},
      E(
        'div.where',
        {},
        fingerprint !== undefined && E('span.mono', {}, fingerprint),
        fingerprint !== undefined && ' · ',
        endpoint,
      ),
      asked !== null ? E('div', {}, asked) : nextLine(link),
      E(
        'div',
        {},
        words.serversReady({ ready: num(link.serversReady), of: num(link.servers.length) }),
        tools !== undefined && ` · ${words.tools({ n: tools, text: num(tools) })}`,
      ),
    ),
  );
}

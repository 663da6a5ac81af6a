import type { FeedMachine, FeedSnapshot } from '../../protocol/feed.js';
import { actionKey, reload } from '../ask.js';
import { E, type Kid } from '../dom.js';
import { bytes, num, span } from '../format.js';
import { actionError, shownNow } from '../pieces.js';
import { isBlind, page } from '../state.js';
import { w } from '../words.js';

/** The last lines: which mcp-pipe this is, its configuration, memory. */
export function machine({ machine: of, canWrite }: FeedSnapshot): Kid {
  const words = w.overview.machine;
  return E(
    'footer.machine',
    { key: 'machine', 'aria-label': words.label },
    E(
      'span',
      {},
      `mcp-pipe ${of.version} · pid ${of.pid} · `,
      E('span', { tick: () => words.up({ span: span(shownNow() - of.startedAt) }) }),
    ),
    of.file !== undefined && file(of),
    canWrite &&
      E(
        'button.button.quiet',
        {
          key: 'reload',
          disabled: isBlind(),
          'aria-disabled': page.sent.has(actionKey('reload')) ? 'true' : undefined,
          onclick: reload,
        },
        w.actions.reload,
      ),
    memory(of),
    of.gateway !== undefined &&
      E(
        'span.words',
        { key: 'gateway' },
        words.gateway({ origin: of.gateway.origin, n: of.gateway.clients, text: num(of.gateway.clients) }),
      ),
    actionError(['reload']),
    !canWrite && E('p', { key: 'read only' }, w.readOnly),
    of.warnings.length > 0 &&
      E(
        'details',
        { key: 'warnings' },
        E('summary', {}, `${words.warnings}: ${num(of.warnings.length)}`),
        E(
          'ul',
          {},
          of.warnings.map((text) => E('li.words', {}, text)),
        ),
      ),
  );
}

function file(of: FeedMachine): Kid {
  const words = w.overview.machine;
  const { readAt, changedAt } = of;
  return E(
    'span.words',
    { key: 'file' },
    of.file,
    readAt !== undefined && ' · ',
    readAt !== undefined && E('span', { tick: () => words.read({ span: span(shownNow() - readAt) }) }),
    readAt !== undefined && `, ${changedAt === undefined ? words.unchanged : words.changed}`,
  );
}

function memory({ ownBytes, serversBytes, totalBytes, notMeasured }: FeedMachine): Kid {
  if (ownBytes === undefined) return notMeasured !== undefined && E('span', { key: 'memory' }, notMeasured);
  const text = w.overview.machine.memory({
    own: bytes(ownBytes),
    ...(serversBytes === undefined ? {} : { servers: bytes(serversBytes) }),
    ...(totalBytes === undefined ? {} : { total: bytes(totalBytes) }),
  });
  const part = (of = 0) => ({ width: `${Math.min(100, (of / (totalBytes ?? 1)) * 100).toFixed(1)}%` });
  return E(
    'span.meter',
    { key: 'memory' },
    text,
    notMeasured !== undefined && ` (${notMeasured})`,
    totalBytes !== undefined &&
      E('i', { 'aria-hidden': 'true' }, E('u', { css: part(ownBytes) }), E('u', { css: part(serversBytes) })),
  );
}

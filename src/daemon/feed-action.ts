import { ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import type { Lang } from '../messages/index.js';
import { readView } from '../observe/feed/feed-asked.js';
import type { FeedMessage } from '../protocol/feed.js';
import type { RunFeed } from './run-feed.js';

/** What readers of the feed ask for, as `Action`s. */
export function feedActions(feed: Pick<RunFeed, 'load'>) {
  return {
    'feed/follow': {
      params: { lang: 'lang', view: 'any' },
      does: 'read',
      run: (asked: ControlRequest) => followFeed(feed, asked),
    },
  } as const;
}

/** Answers `feed/follow`: a snapshot; what follows is sent as notifications, as fast as the reader takes them. @throws ControlRefusal */
async function followFeed(
  run: Pick<RunFeed, 'load'>,
  { params, signal, tell, drained, stay }: ControlRequest,
): Promise<object> {
  const { lang = 'en', view: wanted = 'overview' } = params;
  const view = readView(String(wanted));
  if (!view) throw new ControlRefusal(-32602, '"view" has to be overview, log, server/NAME or link/NAME.');
  const feed = await run.load();
  const messages = feed.open({ lang: lang as Lang, view, signal })[Symbol.asyncIterator]();
  const first = await messages.next();
  stay();
  // Only after the answer is sent.
  setImmediate(
    () =>
      void sendAll(messages, async (message) => {
        tell('feed', { message });
        await drained();
      }),
  );
  return (first.value as FeedMessage | undefined) ?? {};
}

async function sendAll(
  messages: AsyncIterator<FeedMessage>,
  send: (message: FeedMessage) => Promise<void>,
): Promise<void> {
  for (;;) {
    const { done, value } = await messages.next();
    if (done) return;
    await send(value);
  }
}

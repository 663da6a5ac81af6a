import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Plan } from '../../src/config/plan.js';
import type { UiPlan } from '../../src/config/ui-plan.js';
import type { ActionContext } from '../../src/daemon/actions.js';
import type { HttpPlans } from '../../src/daemon/http/http-plans.js';
import { RunHttp } from '../../src/daemon/http/run-http.js';
import type { PageAct } from '../../src/daemon/page/page-actions.js';
import type { Feed } from '../../src/observe/feed/feed.js';
import type { FeedAsked } from '../../src/observe/feed/feed-asked.js';
import type { FeedMessage } from '../../src/protocol/feed.js';
import { pageFolder } from './page-files.js';

export const uiPlan: UiPlan = {
  ...{ host: '127.0.0.1', port: 0, key: undefined, readKey: undefined, allowedHosts: [] },
};

/** A page over a feed and actions of the test, on a free port. All of it ends with the test. */
export interface PageWorld {
  http: RunHttp;
  origin: string;
  port: number;
  folder: string;
  /** Actions that were asked for. */
  acts: PageAct[];
  /** What the readers of the feed asked for. */
  asked: FeedAsked[];
  /** Messages that readers have taken so far. */
  readonly taken: number;
  /** Sends a message to every reader. */
  tell(message: object): void;
  /** As the page sends it. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Another plan, as by a reload. */
  change(plans: HttpPlans): Promise<void>;
}

export interface PageOf {
  ui?: Partial<UiPlan>;
  plans?: HttpPlans;
  folder?: string;
  daemon?: Partial<ActionContext['daemon']>;
  context?: Partial<ActionContext>;
  /** Called before the feed is there, which waits for it. */
  loading?: () => Promise<void>;
  onUnkept?: () => void;
}

export async function startPage({
  ui,
  plans,
  folder,
  daemon,
  context,
  loading,
  onUnkept = () => {},
}: PageOf = {}): Promise<PageWorld> {
  const state = folder ?? mkdtempSync(join(tmpdir(), 'mcp-pipe-page-'));
  if (folder === undefined) onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  let taken = 0;
  const acts: PageAct[] = [];
  const asked: FeedAsked[] = [];
  const readers = new Set<(message: FeedMessage) => void>();
  const feed: Pick<Feed, 'open'> = {
    open: (of) => {
      asked.push(of);
      return messages(readers, of.signal, () => {
        taken += 1;
      });
    },
  };
  const http = new RunHttp({
    daemon: { phase: 'running', kept: [], instances: [], accept } as never,
    ...{ version: '0.0.0', folder: state, pageFiles: pageFolder(), onAct: (act) => acts.push(act), onUnkept },
  });
  onTestFinished(() => http.close());
  http.sources = {
    feed: {
      load: async () => {
        await loading?.();
        return feed;
      },
    },
    context: {
      daemon: { links: [], restart: async () => true, calls: [], ...daemon },
      health: { report: () => ({ links: [], at: 0 }) } as never,
      ...context,
    },
  };
  await http.open(plans ?? { ui: { ...uiPlan, ...ui } });
  const origin = http.page!.origin.replace('0.0.0.0', '127.0.0.1');
  return {
    ...{ http, folder: state, acts, asked, origin, port: Number(new URL(origin).port) },
    get taken() {
      return taken;
    },
    tell: (message) => {
      for (const send of readers) send(message as FeedMessage);
    },
    post: (path, body = {}, headers = {}) =>
      fetch(`${origin}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-mcp-pipe': 'page', origin, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    change: async (next) => {
      const { commit } = await http.prepare(next);
      commit();
    },
  };
}

/** Of a daemon that serves nobody: it has a plan. */
function accept(_: string, planFor: (plan: Plan) => unknown): undefined {
  planFor({ servers: [], links: [], warnings: [], secrets: [] });
}

async function* messages(
  readers: Set<(message: FeedMessage) => void>,
  signal: AbortSignal | undefined,
  took: () => void,
) {
  const waiting: FeedMessage[] = [{ type: 'snapshot' } as FeedMessage];
  let wake = () => {};
  const send = (message: FeedMessage) => {
    waiting.push(message);
    wake();
  };
  readers.add(send);
  signal?.addEventListener('abort', () => wake());
  try {
    while (!signal?.aborted) {
      const next = waiting.shift();
      if (next) {
        took();
        yield next;
      } else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    readers.delete(send);
  }
}

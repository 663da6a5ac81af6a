/** What the page asks mcp-pipe to do. Nothing is shown as done until the feed says so. */
import type { FeedAction, FeedLink, FeedServer } from '../protocol/feed.js';
import { confirmLoss } from './dialog.js';
import { lossOf } from './loss.js';
import { type ActionError, page, redraw } from './state.js';
import { toast } from './toast.js';
import { lang, w } from './words.js';

export type Answer<Result = unknown> = { result: Result } | { error: ActionError };

/** Posts `params` to an address of the page. The cookie goes along; the header says that the page itself asks. */
export async function post<Result>(
  path: string,
  params: object,
  signal?: AbortSignal,
): Promise<Answer<Result>> {
  try {
    const response = await fetch(`${path}?lang=${lang}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-MCP-Pipe': 'page' },
      body: JSON.stringify(params),
      ...(signal && { signal }),
    });
    const answer = (await response.json()) as
      | { result: Result }
      | { error: { code: number | string; message: string; data?: unknown } };
    if ('result' in answer) return answer;
    const { code, message, data } = answer.error;
    return { error: { message, code: String(code), ...(data === undefined ? {} : { data }) } };
  } catch {
    return { error: { message: w.notSent } };
  }
}

/** An action of the table that the control socket has, too: `restart`, `tools/call`, … */
export function ask<Result>(action: string, params: object, signal?: AbortSignal): Promise<Answer<Result>> {
  return post<Result>(`/ui/do/${action}`, params, signal);
}

/** What an action's error and its waiting are kept by: one of each for a button. */
export function actionKey(action: FeedAction | 'reload', name = ''): string {
  return `${action} ${name}`;
}

/** Restarts, pauses, … a server or link; asks before calls or tools are lost. */
export function act(action: FeedAction, item: FeedServer | FeedLink): void {
  const lost = lossOf(action, item);
  if (lost.length === 0) return void send(action, item.name);
  const verb = w.actions[action];
  confirmLoss({
    head: w.overview.confirm.head({ verb, name: item.name }),
    lost,
    confirm: w.doTo({ verb, name: item.name }),
    go: () => void send(action, item.name),
  });
}

/** Reads the configuration again. */
export function reload(): void {
  void send('reload');
}

async function send(action: FeedAction | 'reload', name = ''): Promise<void> {
  const key = actionKey(action, name);
  if (page.sent.has(key)) return;
  page.sent.add(key);
  page.errors.delete(key);
  redraw();
  // Said at once, for the answer may take as long as a server takes to start; that it is done, only the feed says.
  if (action === 'reload') toast(w.asked.reload);
  else toast(w.asked[action]({ name }), action === 'pause' ? () => void send('resume', name) : undefined);
  const answer = await ask(action, action === 'reload' ? {} : { name });
  page.sent.delete(key);
  if ('error' in answer) page.errors.set(key, answer.error);
  redraw();
}

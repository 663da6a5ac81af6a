/** What waits for a person: the feed says how much, and what it is, the page asks for. */
import type { Decided, ShownHeld } from '../protocol/held.js';
import { ask } from './ask.js';
import { say } from './say.js';
import { page, redraw } from './state.js';
import { toast } from './toast.js';
import { w } from './words.js';

let version = -1;
/** Reading one version at a time: a later one is asked for when the answer is there. */
let isAsking = false;
export let held: ShownHeld | undefined;

/** Call it when the feed has come. */
export function followHeld(): void {
  const { snapshot } = page.feed;
  const { waits } = snapshot?.machine ?? {};
  if (waits === undefined || snapshot?.canWrite !== true) {
    held = undefined;
    version = -1;
  } else if (waits.version !== version && !isAsking) void read(waits.version);
}

async function read(wanted: number): Promise<void> {
  isAsking = true;
  const answer = await ask<ShownHeld>('approvals', {});
  isAsking = false;
  version = wanted;
  if (!('result' in answer)) return;
  const known = new Set(held?.calls.map(({ id }) => id));
  const isNews = answer.result.calls.some(({ id }) => !known.has(id));
  held = answer.result;
  if (isNews) {
    say(w.held.news);
    if (page.route.view !== 'overview') toast(w.held.news);
  }
  redraw();
  followHeld();
}

/** Approves or declines what has this id. */
export async function decide(action: 'approve' | 'decline', id: string, more: object = {}): Promise<void> {
  if (page.sent.has(id)) return;
  page.sent.add(id);
  page.errors.delete(id);
  redraw();
  const answer = await ask<Decided>(action, { ids: [id], ...more });
  page.sent.delete(id);
  if ('error' in answer) page.errors.set(id, answer.error);
  else if (answer.result.gone.length > 0) page.errors.set(id, { message: w.held.gone });
  redraw();
}

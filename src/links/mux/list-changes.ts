import type { ListKind } from './items.js';
import type { RouterOptions, RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** Joins list changes that servers announce shortly after one another into one notification for the endpoint. */
export class ListChanges implements RouterPart {
  readonly #options: RouterOptions;
  readonly #announce: (kind: ListKind) => void;
  readonly #changed = new Set<ListKind>();
  #cancelTimer: (() => void) | undefined;

  constructor(options: RouterOptions, announce: (kind: ListKind) => void) {
    this.#options = options;
    this.#announce = announce;
  }

  note(kind: ListKind): void {
    // Resources and their templates share a notification (MCP "Resources").
    this.#changed.add(kind === 'templates' ? 'resources' : kind);
    const { clock, settings } = this.#options;
    this.#cancelTimer ??= clock.after(settings.listChangedDelayMs, () => {
      this.#cancelTimer = undefined;
      const kinds = [...this.#changed];
      this.#changed.clear();
      for (const each of kinds) this.#announce(each);
    });
  }

  /** Notes a change of every list that the server contributes to: the server has come up, or gone. */
  noteAll(channel: ServerChannel): void {
    for (const kind of ['tools', 'prompts', 'resources'] as const) if (channel.has(kind)) this.note(kind);
  }

  /** Drops a pending notification: the endpoint is about to get the current list. */
  forget(kind: ListKind): void {
    this.#changed.delete(kind);
  }

  /** A server that has answered `initialize`, for the first time or once more, may list something else. */
  onServerReady(channel: ServerChannel, isNewProcess: boolean): void {
    if (!isNewProcess) this.noteAll(channel);
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

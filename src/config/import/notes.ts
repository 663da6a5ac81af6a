import { isDeepStrictEqual } from 'node:util';
import type { ImportNote, ImportNoteId } from '../../messages/index.js';
import type { LeftOutReason } from '../../messages/parts.js';

/** Notes about an import; the same note about several servers is written once. */
export class Notes {
  readonly list: ImportNote[] = [];

  add<Id extends ImportNoteId>(id: Id, params: Extract<ImportNote, { id: Id }>['params']): void {
    const note = { id, params } as ImportNote;
    if (this.list.some((one) => isDeepStrictEqual(one, note))) return;
    if (!('names' in params)) {
      this.list.push(note);
      return;
    }
    const { names, ...rest } = params as { names: readonly string[] };
    const alike = this.list.findIndex(
      (one) =>
        one.id === id &&
        'names' in one.params &&
        isDeepStrictEqual({ ...one.params, names: [] }, { ...rest, names: [] }),
    );
    if (alike < 0) {
      this.list.push(note);
      return;
    }
    const before = this.list[alike] as { id: Id; params: { names: readonly string[] } };
    const both = [...new Set([...before.params.names, ...names])];
    this.list[alike] = { id, params: { ...before.params, names: both } } as unknown as ImportNote;
  }

  /** Notes the keys of a server that are not taken, grouped by reason. */
  leaveOut(name: string, left: readonly (readonly [key: string, reason: LeftOutReason])[]): void {
    const byReason = new Map<LeftOutReason, string[]>();
    for (const [key, reason] of left) byReason.set(reason, [...(byReason.get(reason) ?? []), key]);
    for (const [reason, keys] of byReason) this.add('left-out', { names: [name], keys, reason });
  }
}

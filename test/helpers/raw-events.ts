/** Reads server-sent events: the data of each, which is one line, and the id that came before it. */
export class RawEvents {
  readonly #onData: (data: Buffer) => void;
  #rest: Buffer[] = [];
  /** Of the last event, also of one without data. */
  lastId: string | undefined;

  constructor(onData: (data: Buffer) => void) {
    this.#onData = onData;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end);
      const line = this.#rest.length === 0 ? piece : Buffer.concat([...this.#rest, piece]);
      this.#rest = [];
      start = end + 1;
      const head = line.toString('latin1', 0, 6);
      if (line.length > 6 && head === 'data: ') this.#onData(line.subarray(6));
      else if (head.startsWith('id:')) this.lastId = line.toString('utf8', 3).trim();
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
  }
}

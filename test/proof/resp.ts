/** One value of Redis' protocol, RESP2 or RESP3: text for what is a line or a string, a list for what has members. */
export type Value = string | Value[];

/** Reads values out of pieces of a stream. */
export class RespReader {
  #rest = '';

  /** The values that are complete by now. */
  read(piece: Buffer): Value[] {
    this.#rest += piece.toString('latin1');
    const values: Value[] = [];
    let at = 0;
    for (;;) {
      const one = valueAt(this.#rest, at);
      if (!one) break;
      values.push(one.value);
      at = one.end;
    }
    this.#rest = this.#rest.slice(at);
    return values;
  }
}

/** Undefined when it is not complete. */
function valueAt(text: string, at: number): { value: Value; end: number } | undefined {
  const lineEnd = text.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const kind = text[at]!;
  const line = text.slice(at + 1, lineEnd);
  const after = lineEnd + 2;
  const size = Number(line);
  if (!Number.isFinite(size)) return { value: kind + line, end: after };
  if ('$=!'.includes(kind)) {
    if (size < 0) return { value: '', end: after };
    const end = after + size + 2;
    return end > text.length ? undefined : { value: text.slice(after, end - 2), end };
  }
  if (!'*~>%|'.includes(kind)) return { value: kind + line, end: after };
  const members = Math.max(0, size) * ('%|'.includes(kind) ? 2 : 1);
  const value: Value[] = [];
  let end = after;
  for (let i = 0; i < members; i++) {
    const one = valueAt(text, end);
    if (!one) return undefined;
    value.push(one.value);
    end = one.end;
  }
  return { value, end };
}

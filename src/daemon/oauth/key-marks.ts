import { createHash, scrypt } from 'node:crypto';

/** CPU and memory cost: some 50 ms, once for each key in a run. A key that a person has made up can be guessed otherwise. */
const COST = { N: 2 ** 14, r: 8, p: 1 };
const MARK_BYTES = 24;
/** Marks that are remembered. */
const MOST_MARKS = 1_000;

/** What a login keeps of its key: it tells that the key is still the same one, and opens nothing. */
export class KeyMarks {
  readonly #salt: Buffer;
  readonly #marks = new Map<string, string>();

  /** @param salt kept with the logins */
  constructor(salt: string) {
    this.#salt = Buffer.from(salt, 'base64url');
  }

  /** @param secret the key, or its hash; at once for one that was asked for before */
  of(secret: string): string | Promise<string> {
    const digest = createHash('sha256').update(this.#salt).update(secret).digest('base64url');
    const known = this.#marks.get(digest);
    return known ?? this.#derive(secret, digest);
  }

  async #derive(secret: string, digest: string): Promise<string> {
    const mark = await new Promise<Buffer>((resolve, reject) =>
      scrypt(secret, this.#salt, MARK_BYTES, COST, (error, hash) => (error ? reject(error) : resolve(hash))),
    );
    const [oldest] = this.#marks.keys();
    if (this.#marks.size >= MOST_MARKS) this.#marks.delete(oldest!);
    this.#marks.set(digest, mark.toString('base64url'));
    return mark.toString('base64url');
  }
}

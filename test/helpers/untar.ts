import { gunzipSync } from 'node:zlib';

/** The files of a .tar.gz archive, by their names. */
export function untar(archive: Buffer): Map<string, string> {
  const bytes = gunzipSync(archive);
  const files = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const text = (from: number, length: number) =>
      bytes.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
    const name = text(0, 100);
    if (name === '') break;
    const size = Number.parseInt(text(124, 12), 8);
    files.set(name, bytes.toString('utf8', at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** A text that holds a secret, and the part of it that gives the secret away. */
export interface Spelling {
  text: string;
  reveals: string;
}

/** Every spelling of a secret that may stand in a file: plain, percent-encoded, JSON, base64 at any offset, hexadecimal. */
export function spellings(secret: string): Spelling[] {
  const bytes = Buffer.byteLength(secret);
  const encoded = ['', 'x', 'xy', 'user:'].flatMap((before): Spelling[] => {
    const text = Buffer.from(`${before}${secret}:after`).toString('base64');
    // Each digit has six bits; only those that are made of nothing but the secret give it away.
    const [first, end] = [Math.ceil((before.length * 8) / 6), Math.floor(((before.length + bytes) * 8) / 6)];
    const url = text.replaceAll('+', '-').replaceAll('/', '_');
    return [text, url].map((one) => ({ text: one, reveals: one.slice(first, end) }));
  });
  const hex = Buffer.from(secret).toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  const plain = [secret, encodeURIComponent(secret), json, hex, hex.toUpperCase()];
  return [...plain.map((text) => ({ text, reveals: text })), ...encoded];
}

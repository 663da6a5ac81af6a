import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { acceptsGzip } from '../../faces/http/headers.js';
import { header } from '../../protocol/http-headers.js';

/** Where each file of the page is found. There is no other. */
const FILES: readonly (readonly [path: string, file: string, type: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/ui/app.js', 'app.js', 'text/javascript; charset=utf-8'],
  ['/ui/words-en.js', 'words-en.js', 'text/javascript; charset=utf-8'],
  ['/ui/words-vi.js', 'words-vi.js', 'text/javascript; charset=utf-8'],
  ['/ui/app.css', 'app.css', 'text/css; charset=utf-8'],
];

/** Scripts and styles are files of this page alone; nothing is loaded from elsewhere, and no other page may frame it. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** With every answer of the page. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CSP,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

interface PageFile {
  type: string;
  plain: Buffer;
  gzip: Buffer | undefined;
  etag: string;
}

/** The files of the page, in memory: about 100 kB. */
export class PageFiles {
  readonly #files = new Map<string, PageFile>();

  constructor(folder: string) {
    for (const [path, file, type] of FILES) {
      const one = fileAt(join(folder, file), type);
      if (one) this.#files.set(path, one);
    }
  }

  /** Whether one of them lacks, as in a copy that was not built. */
  get areIncomplete(): boolean {
    return this.#files.size < FILES.length;
  }

  /** Whether it is the address of a file. */
  isOne(path: string): boolean {
    return FILES.some(([one]) => one === path);
  }

  /** Answers a GET or HEAD of a file that there is. */
  send({ method, headers }: IncomingMessage, response: ServerResponse, path: string): void {
    const { type, plain, gzip, etag } = this.#files.get(path)!;
    const common = { etag, 'cache-control': 'no-cache', vary: 'Accept, Accept-Encoding' };
    const known = header(headers, 'if-none-match')
      ?.split(',')
      .map((one) => one.trim().replace(/^W\//, ''));
    if (known?.some((one) => one === etag || one === '*')) return void response.writeHead(304, common).end();
    const isGzip = gzip !== undefined && acceptsGzip(headers);
    const body = isGzip ? gzip : plain;
    response.writeHead(200, {
      ...common,
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
      ...{ 'content-type': type, 'content-length': body.length },
    });
    response.end(method === 'HEAD' ? undefined : body);
  }
}

function fileAt(file: string, type: string): PageFile | undefined {
  const plain = read(file);
  if (!plain) return undefined;
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return { type, plain, gzip: read(`${file}.gz`), etag };
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

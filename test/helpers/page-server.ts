/**
 * Serves the built page with sample data in place of a daemon, so that it can be looked at:
 *
 *     npm run build && npx tsx test/helpers/page-server.ts 7421
 *
 * `/?scene=many` chooses the scene, for all that this browser asks later; `silent` is a daemon that stops speaking,
 * `key` one that wants a key (it is "secret"), `refusing` one that refuses every action.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FeedMessage } from '../../src/protocol/feed.js';
import { bodyOf } from './body-of.js';
import { sampleCall, sampleTools } from './page-detail-sample.js';
import { type SampleLang, type Scene, sampleMessages } from './page-sample.js';

const PAGE = join(import.meta.dirname, '../../dist/page');
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/ui/app.js': ['app.js', 'text/javascript; charset=utf-8'],
  '/ui/words-en.js': ['words-en.js', 'text/javascript; charset=utf-8'],
  '/ui/words-vi.js': ['words-vi.js', 'text/javascript; charset=utf-8'],
  '/ui/app.css': ['app.css', 'text/css; charset=utf-8'],
};

export interface PageServer {
  server: Server;
  /** Actions that were asked for, `restart {"server":"a"}`. */
  asked: string[];
  /** Tells every open feed. */
  tell(message: FeedMessage): void;
  /** Ends every open feed, as a daemon that ends does. */
  cut(): void;
}

/** Not listening yet. */
export function pageServer(): PageServer {
  const asked: string[] = [];
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://page');
    if (url.pathname === '/ui/feed') return feed(request, response, url, open);
    if (url.pathname.startsWith('/ui/') && request.method === 'POST') {
      return void act(request, response, url.pathname, asked);
    }
    const file = FILES[url.pathname];
    if (file === undefined) return void response.writeHead(404).end();
    const scene = url.searchParams.get('scene');
    response.writeHead(200, {
      'Content-Type': file[1],
      'Content-Security-Policy': CSP,
      'X-Content-Type-Options': 'nosniff',
      ...(scene === null ? {} : { 'Set-Cookie': `scene=${scene}; SameSite=Strict` }),
    });
    response.end(readFileSync(join(PAGE, file[0])));
  });
  server.on('close', () => open.clear());
  return {
    server,
    asked,
    tell: (message) => {
      for (const response of open) send(response, message);
    },
    cut: () => {
      for (const response of open) response.destroy();
    },
  };
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  return new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1];
}

function send(response: ServerResponse, message: FeedMessage): void {
  response.write(`data: ${JSON.stringify(message)}\n\n`);
}

function feed(request: IncomingMessage, response: ServerResponse, url: URL, open: Set<ServerResponse>): void {
  const scene = cookieOf(request, 'scene') ?? 'faults';
  if (scene === 'key' && cookieOf(request, 'key') !== 'secret') return void response.writeHead(401).end();
  const [lang, view] = [
    url.searchParams.get('lang') as SampleLang,
    url.searchParams.get('view') ?? 'overview',
  ];
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const at = Date.now();
  const shown = scene === 'silent' || scene === 'key' || scene === 'refusing' ? 'faults' : (scene as Scene);
  for (const message of sampleMessages(shown, lang, at, view)) send(response, message);
  if (scene === 'silent') return;
  const beat = setInterval(() => response.write(': here\n\n'), 5_000);
  open.add(response);
  response.on('close', () => {
    clearInterval(beat);
    open.delete(response);
  });
}

async function act(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  asked: string[],
): Promise<void> {
  const body = (await bodyOf(request)).toString();
  const json = (status: number, value: unknown, headers = {}) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
  if (path === '/ui/login') {
    const { key } = JSON.parse(body) as { key?: string };
    if (key === 'secret')
      return void json(200, { result: {} }, { 'Set-Cookie': 'key=secret; HttpOnly; SameSite=Strict' });
    const message = 'This is not the key of the mcp-pipe that runs now. It changes when "ui.key" does.';
    return void json(401, { error: { code: -32001, message, data: { code: 'ui-key' } } });
  }
  if (path === '/ui/logout') return void json(200, { result: {} }, { 'Set-Cookie': 'key=; Max-Age=0' });
  asked.push(`${path.replace('/ui/do/', '')} ${body}`);
  if (cookieOf(request, 'scene') === 'refusing') {
    const message = 'There is no server with this name now. mcp-pipe status shows the names.';
    return void json(404, { error: { code: -32602, message, data: { code: 'unknown-server' } } });
  }
  const { server = '', name = '', arguments: args } = JSON.parse(body) as Record<string, string | undefined>;
  if (path === '/ui/do/tools/list') return void json(200, sampleTools(server));
  if (path === '/ui/do/tools/call') return void json(200, sampleCall(name, args));
  json(200, { result: {} });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!existsSync(join(PAGE, 'app.js'))) throw new Error('dist/page is missing: npm run build');
  const port = Number(process.argv[2] ?? 7421);
  pageServer().server.listen(port, '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${port}/?scene=faults\n`);
  });
}

import type { BrowserSignIn, SignIn } from '../../daemon/login/begin-login.js';
import { listenForRedirect } from '../../daemon/login/redirect-listener.js';
import { texts } from '../../messages/commands/login.js';
import type { Lang } from '../../messages/index.js';
import { usageError } from '../../messages/worded.js';
import { McpPipeError } from '../../protocol/errors.js';
import { explain } from '../explain.js';
import { printError } from '../output.js';
import type { Announcer } from './announce.js';
import { openBrowser } from './open-browser.js';
import { typedLines } from './typed-lines.js';

export interface ByLinkOptions {
  signIn: SignIn;
  /** The port that is asked for; undefined: any. */
  port: number | undefined;
  /** The client is known by its redirect, so that no other port will do. */
  isPortFixed: boolean;
  opensBrowser: boolean;
  announce: Announcer;
  lang: Lang;
  signal: AbortSignal;
  onInterrupt: () => void;
}

/** Where the browser comes back to, unless somebody says otherwise. A client that is registered by hand needs it. */
export const DEFAULT_PORT = 33_519;

/** Logs in by a link: the browser brings the code back to this machine, or a person pastes the address; whichever is first. */
export async function byLink(options: ByLinkOptions): Promise<Awaited<ReturnType<BrowserSignIn['finish']>>> {
  const { signIn, port, isPortFixed, opensBrowser, announce, lang, signal } = options;
  const words = texts[lang];
  const former = signIn.formerRedirects.map((uri) => Number(new URL(uri).port)).filter((one) => one > 0);
  const ports = port === undefined ? [...former, DEFAULT_PORT, ...(isPortFixed ? [] : [0])] : [port];
  const listener = await listenForRedirect(ports, {
    done: page(words.page.done, lang),
    refused: page(words.page.refused, lang),
    other: page(words.page.other, lang),
  });
  const lines = typedLines(options.onInterrupt);
  try {
    const way = await signIn.inBrowser(listener.uri);
    const isOpened = opensBrowser && (await openBrowser(way.link));
    announce.link(way, signIn.issuer, listener.uri, isOpened);
    if (opensBrowser && !isOpened) announce.say(words.notOpened);
    const ways = [pasted(way, lines, lang, isOpened && listener.isListening), aborted(signal)];
    const parameters = await Promise.race([listener.received(way.state), ...ways]);
    return await way.finish(parameters);
  } finally {
    lines.close();
    listener.close();
  }
}

/** Reads lines until one can be used. @param mayWait Stdin may end: the browser is still there. */
async function pasted(
  way: BrowserSignIn,
  lines: ReturnType<typeof typedLines>,
  lang: Lang,
  mayWait: boolean,
): Promise<URLSearchParams> {
  for (;;) {
    const line = await lines.next();
    if (line === undefined) {
      if (mayWait) return new Promise(() => {});
      throw usageError('login-not-interactive');
    }
    try {
      return way.pasted(line);
    } catch (error) {
      if (!(error instanceof McpPipeError)) throw error;
      printError(`${explain(error, { lang }).lines.join('\n')}\n`);
    }
  }
}

export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function page(text: string, lang: Lang): string {
  return `<!doctype html><html lang="${lang}"><meta charset="utf-8"><title>mcp-pipe</title><body style="font:18px sans-serif;margin:3em">${text}</body></html>`;
}

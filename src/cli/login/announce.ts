import type { BrowserSignIn, DeviceSignIn } from '../../daemon/login/begin-login.js';
import { texts } from '../../messages/commands/login.js';
import type { Lang } from '../../messages/index.js';
import { print, printJsonLine, printSentences } from '../output.js';
import { qrCode } from './qr-code.js';

/** Terminals of this width are everywhere; a pipe has none. */
const DEFAULT_COLUMNS = 60;

/** Says what there is to open, for people or programs. */
export interface Announcer {
  link(way: BrowserSignIn, issuer: string, redirectUri: string, isOpened: boolean): void;
  code(way: DeviceSignIn): void;
  say(text: string): void;
}

export function announcer(lang: Lang, json: boolean): Announcer {
  const words = texts[lang];
  if (json) {
    return {
      link: ({ link }, issuer, redirectUri) => printJsonLine({ step: 'open', link, issuer, redirectUri }),
      code: ({ code, page, link, expiresAt }) =>
        printJsonLine({ step: 'code', code, page, link, expiresAt: new Date(expiresAt).toISOString() }),
      say: () => {},
    };
  }
  const say = (text: string) => printSentences(`${text}\n`);
  // Neither is broken into lines: it would not be a link, or no code any more.
  const show = (link: string) => {
    const columns = process.stdout.isTTY ? process.stdout.columns || DEFAULT_COLUMNS : DEFAULT_COLUMNS;
    print(`\n${link}\n\n`);
    const code = qrCode(link, columns);
    if (code === undefined) say(words.noQr({ columns }));
    else print(`${code}\n\n`);
  };
  return {
    link({ link }, issuer, _redirectUri, isOpened) {
      say(isOpened ? words.opened({ issuer }) : words.open({ issuer }));
      show(link);
      say(words.paste);
    },
    code({ code, page, link, expiresAt }) {
      say(words.code({ code, page }));
      if (link !== undefined) say(words.codeLink);
      show(link ?? page);
      say(words.waiting({ forMs: expiresAt - Date.now() }));
    },
    say,
  };
}

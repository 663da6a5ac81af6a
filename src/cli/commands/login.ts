import type { ControlChoice } from '../../daemon/control-place.js';
import {
  type Begun,
  beginLogin,
  gaveUp,
  type LoginSubject,
  type SignIn,
} from '../../daemon/login/begin-login.js';
import { endLogin } from '../../daemon/login/end-login.js';
import { texts } from '../../messages/commands/login.js';
import { texts as logoutTexts } from '../../messages/commands/logout.js';
import type { Lang } from '../../messages/index.js';
import { McpPipeError } from '../../protocol/errors.js';
import { ExitCode } from '../exit-codes.js';
import { listenForInterruption } from '../interruption.js';
import { languageOf } from '../language.js';
import { type Announcer, announcer } from '../login/announce.js';
import { aborted, byLink, DEFAULT_PORT } from '../login/by-link.js';
import { findSubject } from '../login/find-subject.js';
import { hasDesktop } from '../login/open-browser.js';
import { tellOfLogin } from '../login/tell-of-login.js';
import { printJson, printJsonLine, printSentences } from '../output.js';

export interface LoginOptions extends ControlChoice {
  envFile?: string;
  device?: boolean;
  /** True with `--browser`, false with `--no-browser`; undefined: as the machine is. */
  browser?: boolean;
  scope?: string[];
  clientId?: string;
  port?: number;
  json?: boolean;
  lang?: string;
}

/** A person needs a while: a password, a second factor, an account to be created; in milliseconds. */
const LOGIN_WITHIN_MS = 15 * 60_000;

type Stored = Awaited<ReturnType<typeof byLink>>;

/** `mcp-pipe login NAME|URL`. Returns the exit code. */
export async function login(word: string, options: LoginOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  const { json = false } = options;
  const { subject, names } = await findSubject(word, options);
  const { name } = subject;
  const announce = announcer(lang, json);
  const begun = await beginLogin(subject, { scopes: options.scope, clientId: options.clientId });
  if (begun.unneeded) {
    if (json) printJsonLine({ step: 'unneeded', server: name });
    announce.say(words.unneeded({ name }));
    return ExitCode.ok;
  }
  const interruption = listenForInterruption();
  const given = new AbortController();
  const signal = AbortSignal.any([interruption.asked, given.signal, AbortSignal.timeout(LOGIN_WITHIN_MS)]);
  try {
    const stored = await signInWith(begun, subject, {
      options,
      announce,
      lang,
      signal,
      onInterrupt: () => given.abort(),
    });
    report(stored, begun.signIn, name, lang, json);
    for (const { name: server, did } of await tellOfLogin(names, options)) {
      if (json) printJsonLine({ step: 'told', server, did });
      announce.say(did === 'tried' ? words.tried({ name: server }) : words.used({ name: server }));
    }
    return ExitCode.ok;
  } catch (error) {
    if (interruption.asked.aborted || given.signal.aborted) return ExitCode.interrupted;
    if (signal.aborted && !(error instanceof McpPipeError)) throw gaveUp(LOGIN_WITHIN_MS);
    throw error;
  } finally {
    interruption.dispose();
    begun.close();
  }
}

interface Way {
  options: LoginOptions;
  announce: Announcer;
  lang: Lang;
  signal: AbortSignal;
  onInterrupt: () => void;
}

/** A code where no browser is and codes are offered, else a link. */
async function signInWith(
  { signIn }: Extract<Begun, { unneeded: false }>,
  { remote }: LoginSubject,
  { options, announce, lang, signal, onInterrupt }: Way,
): Promise<Stored> {
  const { oauth } = remote;
  const opensBrowser = options.browser ?? hasDesktop(process.env);
  const prefersCode = options.browser === undefined && !opensBrowser && signIn.hasDevice;
  const port = options.port ?? (oauth ? oauth.redirectPort : undefined);
  if (options.device || prefersCode || !signIn.hasPage) {
    const way = await codeOrNot(signIn, port, options.device === true || !signIn.hasPage);
    if (way) {
      announce.code(way);
      return Promise.race([way.finish(signal), aborted(signal)]);
    }
  }
  const isPortFixed =
    (options.clientId ?? (oauth ? (oauth.clientId ?? oauth.clientMetadataUrl) : undefined)) !== undefined;
  return byLink({ signIn, port, isPortFixed, opensBrowser, announce, lang, signal, onInterrupt });
}

/** A code; undefined when the authorization server refuses one that nobody has asked for. */
async function codeOrNot(signIn: SignIn, port: number | undefined, isAskedFor: boolean) {
  try {
    return await signIn.onDevice(`http://127.0.0.1:${port ?? DEFAULT_PORT}/callback`);
  } catch (error) {
    if (isAskedFor || !(error instanceof McpPipeError)) throw error;
    return undefined;
  }
}

function report(
  { tokens, scopes }: Stored,
  { issuer }: SignIn,
  name: string,
  lang: Lang,
  json: boolean,
): void {
  const words = texts[lang];
  const { expiresAt, refreshToken, scopes: granted = scopes } = tokens ?? { refreshToken: undefined };
  const renews = refreshToken !== undefined;
  if (json) {
    const until = expiresAt === undefined ? null : new Date(expiresAt).toISOString();
    printJsonLine({ step: 'stored', server: name, issuer, scopes: granted, expiresAt: until, renews });
    return;
  }
  const leftMs = expiresAt === undefined ? undefined : expiresAt - Date.now();
  const lines = [
    words.done({ name, issuer }),
    ...(granted.length > 0 ? [words.scopes({ names: granted })] : []),
    renews ? words.renewed : words.notRenewed({ leftMs }),
  ];
  printSentences(`${lines.join(' ')}\n`);
}

/** `mcp-pipe logout NAME|URL`. Returns the exit code. */
export async function logout(word: string, options: LoginOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const { subject } = await findSubject(word, options);
  const { name } = subject;
  const ended = await endLogin(subject);
  if (options.json) printJson({ server: name, ended });
  else printSentences(`${logoutTexts[lang].ended[ended]({ name })}\n`);
  return ExitCode.ok;
}

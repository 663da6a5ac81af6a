import { createHash } from 'node:crypto';
import type { Lang, Messages } from '../../messages/index.js';
import type { Grant } from '../../protocol/grant.js';

type Words = Messages['consentPage'];

/** A page of the authorization server, as it is sent. */
export interface Html {
  html: string;
  /** `Content-Security-Policy`: no script, nothing from elsewhere, in no frame. */
  policy: string;
}

/** Who asks, in words for a person. None of it is to be trusted. */
export interface Asking {
  client: string;
  /** Where the person is sent back to. */
  host: string;
  isLocal: boolean;
}

interface Form {
  lang: Lang;
  words: Words;
  asking: Asking;
  /** Where it is sent to. */
  action: string;
  /** Proves that the answer comes from this page. */
  token: string;
  /** Of the address that the browser is sent on to: a policy on forms counts for it, too. */
  redirectOrigin: string;
}

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--ground:#f6f8fa;--card:#fff;--line:#d0d7de;--act:#0a58ca;--on:#fff;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--ground:#0d1117;--card:#161b22;--line:#3d444d;--act:#6ea8fe;--on:#0d1117;--bad:#ff8a80}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:27rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.5rem}
h1{font-size:1.35rem;line-height:1.3;margin:0 0 .75rem}p{margin:0 0 .75rem}h1,p,dd,strong,code{overflow-wrap:anywhere}
.back{border-left:3px solid var(--act);padding:.25rem .75rem;font-weight:600}.soft{color:var(--soft);font-size:.9rem}.bad{color:var(--bad);font-weight:600}
label{display:block;font-weight:600;margin:1rem 0 .25rem}input+.soft,.row+.soft{margin-top:.75rem}input{width:100%;min-height:2.75rem;padding:.5rem .75rem;font:inherit;color:inherit;background:var(--ground);border:1px solid var(--soft);border-radius:.5rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0 0 1rem}dt{color:var(--soft)}dd{margin:0}
.row{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1rem}button{flex:1 1 8rem;min-height:2.75rem;padding:.5rem 1rem;font:inherit;font-weight:600;border-radius:.5rem;border:1px solid var(--soft);background:transparent;color:inherit;cursor:pointer}
button.act{background:var(--act);border-color:var(--act);color:var(--on)}:focus-visible{outline:3px solid var(--act);outline-offset:2px}`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Asks for a key. */
export function keyPage(form: Form, wrong?: string): Html {
  const { words } = form;
  return page(form, [
    head(form),
    wrong === undefined ? '' : `<p class="bad" role="alert" id="wrong">${text(wrong)}</p>`,
    `<label for="key">${text(words.keyLabel)}</label>`,
    `<input id="key" name="key" type="password" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="500" autofocus${wrong === undefined ? ' aria-describedby="hint"' : ' aria-invalid="true" aria-describedby="wrong hint"'}>`,
    `<p class="soft" id="hint">${text(words.keyHint)}</p>`,
    row(button('key', words.next, true), button('cancel', words.cancel)),
    `<p class="soft">${text(words.noKey)}</p>`,
  ]);
}

/** Shows what a key allows, and asks whether the client shall have it. */
export function allowPage(
  form: Form,
  key: { name: string; grant: Grant | undefined; until: number | undefined },
): Html {
  const { words, lang } = form;
  const rights = rightsOf(key, words, lang).map(
    ([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`,
  );
  return page(form, [
    head(form),
    `<p>${text(words.keyIs({ key: key.name }))}</p>`,
    `<dl>${rights.join('')}</dl>`,
    row(button('allow', words.allow, true), button('cancel', words.cancel)),
    row(button('other', words.otherKey)),
  ]);
}

/** Says what went wrong. */
export function errorPage(lang: Lang, words: Words, message: string): Html {
  const body = `<h1>${text(words.failed)}</h1><p role="alert">${text(message)}</p><p class="soft">${text(words.close)}</p>`;
  return { html: shell(lang, words.failed, body), policy: policyFor(undefined) };
}

function page({ lang, words, asking, action, token, redirectOrigin }: Form, parts: readonly string[]): Html {
  const title = words.title({ client: asking.client });
  const form = `<form method="post" action="${text(action)}"><input type="hidden" name="token" value="${text(token)}">`;
  const [first, ...others] = parts;
  const body = `<h1>${text(title)}</h1>${first}${form}${others.join('')}</form>`;
  return { html: shell(lang, title, body), policy: policyFor(redirectOrigin) };
}

function head({ words, asking: { client, host, isLocal } }: Form): string {
  const back = isLocal ? words.backHere({ host }) : words.backTo({ host });
  return `<p>${text(words.wants({ client }))}</p><p class="back">${text(back)}</p><p class="soft">${text(words.nameIsOwn)}</p>`;
}

function row(...buttons: readonly string[]): string {
  return `<div class="row">${buttons.join('')}</div>`;
}

function button(value: string, label: string, isMain = false): string {
  return `<button name="action" value="${value}"${isMain ? ' class="act"' : ''}>${text(label)}</button>`;
}

function rightsOf(
  { grant, until }: { grant: Grant | undefined; until: number | undefined },
  words: Words,
  lang: Lang,
): [name: string, value: string][] {
  const { servers, agents, tools, readOnly, rate } = grant ?? {};
  const isLimited = servers !== undefined || agents !== undefined;
  const list = (names: readonly string[] | undefined, lacking: string) =>
    names === undefined ? lacking : names.length === 0 ? words.none : names.join(', ');
  const ofTools = [list(tools, readOnly ? '' : words.all), readOnly ? words.readOnly : ''];
  return [
    [words.servers, list(servers, isLimited ? words.none : words.all)],
    [words.agents, list(agents, isLimited ? words.none : words.all)],
    [words.tools, ofTools.filter((part) => part !== '').join('; ')],
    ...(rate
      ? [[words.calls, words.rate({ calls: rate.calls, seconds: rate.perMs / 1_000 })] as [string, string]]
      : []),
    ...(until === undefined
      ? []
      : [
          [words.until, new Date(until).toLocaleDateString(lang, { dateStyle: 'long', timeZone: 'UTC' })] as [
            string,
            string,
          ],
        ]),
  ];
}

function shell(lang: Lang, title: string, body: string): string {
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><title>${text(title)} · mcp-pipe</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;
}

/** Chromium holds every address that a form leads to against `form-action`, not only the first. */
function policyFor(redirectOrigin: string | undefined): string {
  const forms = redirectOrigin === undefined ? "'none'" : `'self' ${redirectOrigin}`;
  return `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`;
}

/** Text in HTML, also between quotation marks. Signs that change the direction of what follows are isolated. */
function text(value: string): string {
  return value.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BOUNDS } from '../../config/bounds.js';
import { shortestSecret } from '../../config/child-environment.js';
import type { LoadedConfig } from '../../config/load.js';
import { isSecretName, secretArguments } from '../../config/secret-shape.js';
import { Redactor } from '../../observe/redact.js';
import { openPath } from '../../protocol/endpoint.js';
import { mayBeSecret } from './hide-config.js';

/** Values of variables that many configurations have and that name nothing. */
const PLAIN =
  /^(true|false|yes|no|on|off|null|none|auto|default|info|debug|trace|warn(ing)?|error|silent|production|development|test|staging|utf-?8|c\.utf-?8|en_us\.utf-?8|vi_vn(\.utf-?8)?|stdio|localhost|\d{1,5})$/i;

/** What may not be in a support archive. */
export interface BundleSecrets {
  /** Known to be secret: taken out wherever they are, in every spelling. */
  sure: Set<string>;
  /** Values of `env`, `headers` and `.env` of any name: taken out as words. */
  likely: Set<string>;
}

/**
 * Collects everything that may be secret in a configuration, whatever it is called.
 *
 * @param config undefined when it cannot be read; then the environment of this process counts
 * @param raw the configuration as it is written
 * @param envFile the text of `.env`, as variables
 * @param known secrets that the check has found
 */
// D142
export function bundleSecrets(
  config: Pick<LoadedConfig, 'environment' | 'servers' | 'folder'> | undefined,
  raw: unknown,
  envFile: Readonly<Record<string, string>>,
  known: readonly string[],
): BundleSecrets {
  const found: BundleSecrets = { sure: new Set(known), likely: new Set() };
  const named = (name: string, value: string) => {
    addParts(value, isSecretName(name) ? found.sure : found.likely, found.sure);
    if (name.endsWith('_FILE')) addFile(resolve(config?.folder ?? '.', value), found.sure);
  };
  for (const [name, value] of Object.entries(envFile)) named(name, value);
  for (const { env, fileEnv } of config?.servers ?? []) {
    for (const [name, value] of [...Object.entries(env), ...Object.entries(fileEnv)]) named(name, value);
  }
  for (const [name, value = ''] of config?.environment.entries() ?? Object.entries(process.env)) {
    // Of the environment of the user, only what is meant as a secret: PATH and HOME are none.
    if (isSecretName(name) || name.endsWith('_FILE')) named(name, value);
    else addAddress(value, found.sure);
  }
  walk(
    raw,
    [],
    (text, path) => {
      if (mayBeSecret(path)) named(path.at(-1)!, text);
      else addAddress(text, found.sure);
    },
    (list) => {
      for (const i of secretArguments(list))
        addParts(list[i]!.replace(/^-{0,2}[\w-]+\s*[=:]\s*/, ''), found.sure, found.sure);
    },
  );
  for (const one of found.sure) if (one.length < shortestSecret || PLAIN.test(one)) found.sure.delete(one);
  for (const one of found.likely)
    if (one.length < shortestSecret || PLAIN.test(one)) found.likely.delete(one);
  return found;
}

function walk(
  value: unknown,
  path: readonly string[],
  onText: (text: string, path: readonly string[]) => void,
  onArguments: (list: string[]) => void,
): void {
  if (Array.isArray(value)) {
    if (path.at(-1) === 'args') onArguments(value.map(String));
    for (const one of value) walk(one, path, onText, onArguments);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) walk(member, [...path, key], onText, onArguments);
  } else if (typeof value === 'string' || typeof value === 'number') onText(String(value), path);
}

/** Adds a value, what follows the scheme of an `Authorization`, what that decodes to, and the secrets of addresses in it. */
function addParts(value: string, to: Set<string>, sure: Set<string>): void {
  const text = value.trim();
  if (/^\s*(\$\{\w+\}\s*)+$/.test(text)) return;
  const [, scheme = '', credentials] = /^(bearer|basic|token|digest)\s+(\S+)$/i.exec(text) ?? [];
  if (credentials !== undefined) {
    sure.add(credentials);
    if (scheme.toLowerCase() === 'basic') addLogin(Buffer.from(credentials, 'base64').toString('utf8'), sure);
  }
  addAddress(text, sure);
  // A path or an address names a place; what is secret in an address was added.
  if (to === sure || !/^([a-z][a-z\d+.-]*:\/\/|[./~]|[A-Za-z]:[\\/])/i.test(text)) to.add(text);
}

function addLogin(login: string, sure: Set<string>): void {
  sure.add(login);
  sure.add(login.slice(login.indexOf(':') + 1));
}

/** Adds login, values of the query, and parts of the path that look like keys, in the spelling of the address and decoded. */
function addAddress(text: string, sure: Set<string>): void {
  for (const [, login, path = '', query = ''] of text.matchAll(
    /[a-z][a-z\d+.-]*:\/\/(?:([^/?#\s]*)@)?[^/?#\s"']*([^?#\s"']*)(\?[^#\s"']*)?/gi,
  )) {
    if (login !== undefined) addLogin(decoded(login), sure);
    const values = query
      .slice(1)
      .split('&')
      .map((pair) => pair.slice(pair.indexOf('=') + 1));
    const open = openPath(path).split('/');
    const hidden = path.split('/').filter((part, i) => part !== open[i]);
    for (const value of [...values, ...hidden]) {
      if (value.includes('${')) continue;
      sure.add(value);
      sure.add(decoded(value));
    }
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function addFile(path: string, sure: Set<string>): void {
  try {
    const status = statSync(path);
    if (!status.isFile() || status.size > BOUNDS.secretFileBytes) return;
    const text = readFileSync(path, 'utf8').trim();
    sure.add(text);
    addAddress(text, sure);
    for (const line of text.split('\n')) if (line.length >= 16) sure.add(line.trim());
  } catch {
    // It cannot be read, and is not in the archive either.
  }
}

/** Spellings of a secret inside base64, wherever the secret begins in what was encoded, and in hexadecimal. */
export function encodedForms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const forms = [hex, hex.toUpperCase()];
  for (const [before, mixed] of [
    [0, 0],
    [1, 2],
    [2, 3],
  ] as const) {
    // The first `mixed` digits depend on the bytes before the secret, an incomplete last one on those behind it.
    const digits = Math.floor(((before + bytes.length) * 8) / 6);
    const core = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(mixed, digits);
    forms.push(core, core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [...new Set(forms)].filter((form) => form.length >= shortestSecret);
}

/** Returns a function that takes all of them out of a text. @param names words that stay: names of servers and links */
export function bundleRedactor(
  { sure, likely }: BundleSecrets,
  names: readonly string[],
): (text: string) => string {
  const open = new Set(names);
  const isClosed = (value: string) => !open.has(value);
  const [known, guessed] = [[...sure].filter(isClosed), [...likely].filter(isClosed)];
  const redactor = new Redactor([...known, ...guessed]);
  const spelled = known.flatMap((value) => [value, encodeURIComponent(value.toWellFormed())]);
  const forms = [...new Set([...spelled, ...[...known, ...guessed].flatMap(encodedForms)])];
  forms.sort((a, b) => b.length - a.length);
  return (text) => {
    const whole = redactor.redact(text);
    return forms.reduce(
      (rest, form) => (rest.includes(form) ? rest.replaceAll(form, '[redacted]') : rest),
      whole,
    );
  };
}

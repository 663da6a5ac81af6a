import { isSecretName, secretArguments } from '../../config/secret-shape.js';
import { openPath } from '../../protocol/endpoint.js';

/** What stands in place of a value. */
const HIDDEN = '[hidden]';

/** Keys whose members are all hidden, whatever their names say: a password may stand in any of them. */
const ALL_HIDDEN = /^(env|environment|headers|inputs)$/i;

/** Whether what stands at this path of a configuration may be a secret. */
export function mayBeSecret(path: readonly string[]): boolean {
  const [key = '', around = ''] = [path.at(-1), path.at(-2)];
  return ALL_HIDDEN.test(around) || isSecretName(key);
}

/**
 * A configuration with its structure, and without values that may be secret: those of `env` and `headers`, those whose names
 * say so, arguments that look like secrets, and everything of an address but host and open path. References such as
 * `${TOKEN}` stay. Pure.
 */
export function hideConfig(value: unknown, redact: (text: string) => string): unknown {
  return hidden(value, [], redact);
}

function hidden(value: unknown, path: readonly string[], redact: (text: string) => string): unknown {
  if (Array.isArray(value)) return hiddenList(value, path, redact);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [redact(key), hidden(member, [...path, key], redact)]),
    );
  }
  if (typeof value === 'boolean' || value === null) return value;
  const isHidden = mayBeSecret(path);
  if (typeof value === 'number') return isHidden ? HIDDEN : value;
  const text = String(value);
  if (isHidden) return isOpenValue(text) ? text : HIDDEN;
  return redact(hideAddresses(text));
}

function hiddenList(
  list: readonly unknown[],
  path: readonly string[],
  redact: (text: string) => string,
): unknown[] {
  const isSecret = path.at(-1) === 'args' ? new Set(secretArguments(list.map(String))) : new Set<number>();
  return list.map((one, i) => {
    if (!isSecret.has(i)) return hidden(one, path, redact);
    // The name before a value stays: `--api-key=…`.
    const [name = ''] = /^-{0,2}[\w-]+\s*[=:]\s*/.exec(String(one)) ?? [];
    return `${name}${HIDDEN}`;
  });
}

/** An empty value, a word that is no secret, or references alone. */
function isOpenValue(text: string): boolean {
  return /^(true|false|)$/i.test(text) || (/\$\{\w+\}/.test(text) && /^(\$\{\w+\}|[\s:/,;-])*$/.test(text));
}

/** The text with every address in it cut down to what may be shown. */
export function hideAddresses(text: string): string {
  return text.replace(/[a-z][a-z\d+.-]*:\/\/[^\s"'<>]+/gi, (address) => {
    const [whole, scheme = '', login, host = '', path = '', query] =
      /^([a-z][a-z\d+.-]*:\/\/)(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(address) ?? [];
    if (whole === undefined) return HIDDEN;
    const shownQuery =
      query === undefined ? '' : `?${query.slice(1).split('&').map(hideParameter).join('&')}`;
    return `${scheme}${login === undefined ? '' : `${HIDDEN}@`}${host}${openPath(path)}${shownQuery}`;
  });
}

function hideParameter(pair: string): string {
  const at = pair.indexOf('=');
  const value = pair.slice(at + 1);
  if (at < 0) return HIDDEN;
  return isOpenValue(value) ? pair : `${pair.slice(0, at)}=${HIDDEN}`;
}

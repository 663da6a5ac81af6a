import { PLACEHOLDER } from './address.js';

/**
 * Names of variables that hold a secret. `PASS` and `SEED_PHRASE` count only as whole words between underscores: `COMPASS`
 * is no secret.
 */
export const SECRET_NAME =
  /(^|_)(api_?keys?|key|token|secret|pass(phrase|code)?|credentials?|mnemonic|(seed|recovery|secret)_?(phrase|words?)|wallet_seed|cookies?|authorization|bearer|pat)(_|$)|passwo?r?d(_|$)|((secret|private|access)key|(access|auth|bot|refresh)token|_pwd)$/i;

/** Whether a part of the text is filled in from a variable. */
export const hasReference = (text: string) => text.includes('${');

/** Indexes of arguments that look like secrets. They are reported and not moved, because programs differ. */
export function secretArguments(args: readonly string[]): number[] {
  return args.flatMap((arg, i) => {
    if (hasReference(arg)) return [];
    const option = /^--?([\w-]+)(=.+)?$/s.exec(args[i - 1] ?? '');
    // Values behind a name: `--key=x`, `API_KEY=x` (docker run -e), `Authorization: x` (--header).
    const [, name, value = ''] = /^(?:--?)?([\w-]+)\s*[=:]\s*(.+)$/s.exec(arg) ?? [];
    const follows = option && option[2] === undefined && !arg.startsWith('-') && isSecretOption(option[1]!);
    const isNamed =
      name !== undefined && !value.startsWith('//') && (isSecretName(name) || isSecretValue(value));
    return follows || isNamed || isSecretValue(arg) ? [i] : [];
  });
}

/** `api-key`, `apiKey` and `API_KEY` are the same word. */
export function isSecretOption(name: string): boolean {
  return SECRET_NAME.test(name.replaceAll('-', '_').replace(/([a-z0-9])([A-Z])/g, '$1_$2'));
}

/** Shapes of services' keys, under whatever name. */
const KEY_SHAPES =
  /^(sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|hf_\w{20,}|npm_\w{30,}|mcpp_[0-9a-f]{12}_[\w-]{43}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)$/;

/**
 * Whether the value itself shows that it is a secret: credentials of a header, a private key, an address or a
 * connection string with a password.
 */
export function isSecretValue(text: string): boolean {
  const value = text.trim();
  if (/^(bearer|basic|token|digest)\s+\S{4,}$/i.test(value) || KEY_SHAPES.test(value)) return true;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value)) return true;
  // It may stand inside JSON, headers or a command line.
  if (/\bauthorization["']?\s*[:=]\s*["']?(bearer|basic|token|digest)\s+[^\s"']{4,}/i.test(value))
    return true;
  return (
    hasSecretInAddress(value) || /(^|;)\s*(password|pwd|accountkey|sharedaccesskey)\s*=\s*[^;\s]/i.test(value)
  );
}

/** Whether a variable, a header or an option is named like a secret. */
export function isSecretName(name: string): boolean {
  return /^(proxy-)?authorization$|^cookie$/i.test(name) || isSecretOption(name);
}

/** Whether an address has a password, or a part of its query that is named like a secret. */
export function hasSecretInAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  // `https://TOKEN@github.com/x` has a secret user; `ssh://git@host` has not.
  const isTokenUser = /^https?:$/.test(url.protocol) && url.username.length >= 16;
  if (
    isTokenUser ||
    /^https:\/\/(hooks\.slack\.com\/services|discord(app)?\.com\/api\/webhooks)\/./.test(text)
  )
    return true;
  return url.password !== '' || [...url.searchParams.keys()].some((key) => isSecretOption(key));
}

/** Whether the value of a secret is the placeholder of a documentation, or empty. */
export function isPlaceholder(value: string): boolean {
  return (
    value === '' ||
    PLACEHOLDER.test(value) ||
    /your[_-]?.*(key|secret|password)|(key|secret)[_-]?here/i.test(value)
  );
}

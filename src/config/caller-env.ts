import { validateHeaderName } from 'node:http';
import type { Finding } from '../protocol/errors.js';
import { ENDPOINT_VARIABLE } from './endpoint-choice.js';
import { errorAt, isComment } from './finding.js';
import type { JsonPath } from './json-source.js';
import type { ServerKind } from './kinds/kinds.js';
import type { Share } from './mode.js';
import type { Place } from './place.js';

const FORM = /^header:\s*(.*?)\s*$/i;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

/** Variables by which the caller would decide which program runs, or what it loads: they are more than data. */
const POWERFUL =
  /^(PATH|PATHEXT|COMSPEC|SHELL|HOME|USERPROFILE|TMPDIR|TEMP|TMP|IFS|ENV|BASH_ENV|NODE_.*|NPM_CONFIG_.*|LD_.*|DYLD_.*|PYTHON.*|PERL5.*|RUBY(OPT|LIB)|GIT_(SSH|EXEC|CONFIG|EDITOR|PROXY|ASKPASS|TEMPLATE|DIR|WORK).*|UV_.*|PIP_.*|_?J(AVA|DK).*OPTIONS|DOTNET_.*|GCONV_PATH|SSL_CERT_.*|XDG_.*|(HTTPS?|ALL|NO)_PROXY|MCP_PIPE.*)$/i;

/** Headers that the gateway or the connection needs: `Authorization` may hold a key of the gateway. */
const RESERVED =
  /^(authorization|x-api-key|cookie|host|origin|referer|accept|connection|upgrade|last-event-id|(content|transfer|mcp|sec|proxy|access-control|accept|x-forwarded)-.*|te|trailer|keep-alive|expect|forwarded|x-real-ip)$/;

/** What else of the entry decides whether "callerEnv" can be followed. */
interface Around {
  kind: ServerKind;
  share: Share;
  placeOf: (...inside: JsonPath) => Place;
}

/** Reads "callerEnv": names of headers in small letters, by the names of the variables. Wrong ones are left out. */
export function readCallerEnv(
  written: Readonly<Record<string, string>> | undefined,
  { kind, share, placeOf }: Around,
): { callerEnv: Readonly<Record<string, string>>; findings: Finding[] } {
  const entries = Object.entries(written ?? {}).filter(([variable]) => !isComment(variable));
  if (entries.length === 0) return { callerEnv: {}, findings: [] };
  const place = placeOf('callerEnv');
  if (kind !== 'stdio') return { callerEnv: {}, findings: [errorAt(place, 'caller-env-remote', { kind })] };
  const findings =
    share === 'key' || share === 'session' ? [] : [errorAt(place, 'caller-env-shared', { share })];
  const read = entries.flatMap(([variable, value]) => {
    const header = FORM.exec(value)?.[1];
    const at = placeOf('callerEnv', variable);
    const wrong = wrongName(variable, at) ?? wrongHeader(header, variable, at);
    if (wrong !== undefined) findings.push(wrong);
    return wrong === undefined ? [[variable, header!.toLowerCase()] as const] : [];
  });
  return { callerEnv: Object.fromEntries(read), findings };
}

function wrongName(variable: string, place: Place): Finding | undefined {
  if (!VARIABLE.test(variable)) return errorAt(place, 'caller-env-name');
  const isOurs = variable.toUpperCase().startsWith(ENDPOINT_VARIABLE);
  return isOurs || POWERFUL.test(variable) ? errorAt(place, 'caller-env-powerful', { variable }) : undefined;
}

function wrongHeader(header: string | undefined, variable: string, place: Place): Finding | undefined {
  // A value without `header:` may be the secret itself.
  if (header === undefined || !isHeaderName(header)) return errorAt(place, 'caller-env-form', { variable });
  return RESERVED.test(header.toLowerCase()) ? errorAt(place, 'caller-env-reserved', { header }) : undefined;
}

function isHeaderName(name: string): boolean {
  try {
    validateHeaderName(name);
    return true;
  } catch {
    return false;
  }
}

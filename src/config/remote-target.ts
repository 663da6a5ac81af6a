import type { Finding } from '../protocol/errors.js';
import { canonicalHost } from '../protocol/host.js';
import { interpolate } from './interpolate.js';
import type { JsonPath } from './json-source.js';
import { pathText } from './json-source.js';
import { kindNamed, kindOf, type Reached, type ServerKind } from './kinds/kinds.js';
import type { LoadedConfig } from './load.js';

/** A remote server on the command line. */
export interface RemoteTarget {
  /** As in `type` of an entry; undefined: as the address says. */
  type: string | undefined;
  url: string;
  headers: Readonly<Record<string, string>>;
  /** The host of `url`, whose certificate is not checked; undefined: it is. */
  insecureHost?: string | undefined;
}

/** What an entry with these keys sets, beside its name and what is wrong with it. */
export interface ReadRemote {
  name: string;
  reached: Reached;
  findings: readonly Finding[];
  secrets: readonly string[];
}

/** Reads a remote server of the command line as an entry; references such as `${TOKEN}` are filled in, too. */
export function readRemoteTarget(
  { type, url, headers, insecureHost }: RemoteTarget,
  { environment }: Pick<LoadedConfig, 'environment'>,
  cwd: string,
): ReadRemote {
  const usual: ServerKind = /^\s*wss?:/i.test(url) ? 'ws' : 'http';
  const kind = (type === undefined ? undefined : kindNamed(type)) ?? usual;
  const entry = { url, headers, ...(insecureHost === undefined ? {} : { insecureHost }) };
  const findings: Finding[] = [];
  const secrets: string[] = [];
  const unfilled = new Set<string>();
  const placeOf = (...inside: JsonPath) => {
    const ofAddress = type === undefined ? 'URL' : `--${type}`;
    const options: Record<string, string> = { headers: `--header ${inside[1]}`, insecureHost: '--insecure' };
    const path = options[String(inside[0])] ?? ofAddress;
    return { file: '', path, line: undefined };
  };
  const reached = kindOf({ kind }).read(entry, {
    ...{ raw: entry, folder: cwd, platform: environment.platform, placeOf },
    isFilled: (...inside) => !unfilled.has(pathText(inside)),
    report: (...found) => findings.push(...found),
    text(value, ...inside) {
      const filled = interpolate(String(value), placeOf(...inside), environment);
      findings.push(...filled.findings);
      secrets.push(...filled.secrets);
      if (filled.findings.length > 0) unfilled.add(pathText(inside));
      return filled.text;
    },
  });
  return { name: hostOf(url), reached, findings, secrets };
}

/** The host names a server that has no other name. */
function hostOf(url: string): string {
  return URL.canParse(url) ? canonicalHost(new URL(url).hostname) || 'remote' : 'remote';
}

import { type Target, targetOf } from '../config/target.js';
import { usageError } from '../messages/worded.js';

/** `--http`, `--sse`, `--ws`, `--header` and `--insecure`: a remote server in place of a server's name or a command. */
export interface RemoteOptions {
  http?: string;
  sse?: string;
  ws?: string;
  header?: string[];
  /** The host whose certificate is not checked. */
  insecure?: string;
}

/**
 * The target of a command line.
 *
 * @param name A server, a script, or the address of a remote server where `takesAddress`.
 */
export function targetFrom(
  name: string | undefined,
  afterDashes: readonly string[] | undefined,
  { http, sse, ws, header, insecure: insecureHost }: RemoteOptions,
  takesAddress = false,
): Target | undefined {
  const given = Object.entries({ http, sse, ws }).flatMap(([type, url]) =>
    url === undefined ? [] : [{ type, url }],
  );
  const [remote] = given;
  const headers = headersOf(header);
  if (remote === undefined) {
    if (takesAddress && name !== undefined && isHttpAddress(name)) {
      if (afterDashes) throw usageError('remote-and-target');
      return { remote: { type: undefined, url: name, headers, insecureHost } };
    }
    if (header !== undefined || insecureHost !== undefined) throw usageError('header-without-remote');
    return targetOf(name, afterDashes);
  }
  if (given.length > 1 || name !== undefined || afterDashes) throw usageError('remote-and-target');
  return { remote: { ...remote, headers, insecureHost } };
}

/** Whether a remote server is given by an option, so that no word is its name. */
export function hasRemote({ http, sse, ws }: RemoteOptions): boolean {
  return (http ?? sse ?? ws) !== undefined;
}

// D175
/** An address of a server; that of an endpoint begins with ws:// or wss://. */
export function isHttpAddress(word: string): boolean {
  return /^https?:\/\//i.test(word);
}

/** Headers as they are written on a command line: `Name: value`. */
export function headersOf(given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const split = text.indexOf(':');
      // The value is not repeated: it may be a secret.
      if (split <= 0) throw usageError('header-option');
      return [text.slice(0, split).trim(), text.slice(split + 1).trim()];
    }),
  );
}

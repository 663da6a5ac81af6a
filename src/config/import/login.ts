import { isRecord } from '../foreign-root.js';

/** What an entry of another program says about signing in, as mcp-pipe has it, and the keys that say it. */
export interface ImportedLogin {
  oauth: Record<string, unknown> | false | undefined;
  taken: string[];
}

/** Keys of `oauth` that mean the same: mcp-pipe, then Claude Code, Gemini CLI and opencode; Cursor's `auth`. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  clientId: ['clientId', 'client_id', 'CLIENT_ID'],
  clientSecret: ['clientSecret', 'client_secret', 'CLIENT_SECRET'],
  scopes: ['scopes', 'scope'],
  redirectPort: ['redirectPort', 'callbackPort'],
};

/** Keys that only say that there is OAuth, or where it is: mcp-pipe finds that by itself. */
const FOUND = new Set(['enabled', 'authServerMetadataUrl', 'authorizationUrl', 'tokenUrl', 'issuer']);

/** Undefined when the entry says nothing of it, or something that mcp-pipe has no key for. */
export function importedLogin(
  raw: Readonly<Record<string, unknown>>,
  fill: (text: string) => string,
): ImportedLogin | undefined {
  const key = ['oauth', 'auth'].find((one) => raw[one] !== undefined);
  const written = key && raw[key];
  if (key === 'oauth' && written === false) return { oauth: false, taken: ['oauth'] };
  // Cursor writes "auth": { "CLIENT_ID": … }; elsewhere `auth` is a word.
  if (key === undefined || !isRecord(written)) return undefined;
  const known = Object.values(SAME).flat();
  if (Object.keys(written).some((one) => !known.includes(one) && !FOUND.has(one))) return undefined;
  const oauth = Object.fromEntries(
    Object.entries(SAME).flatMap(([own, spellings]) => {
      const value = spellings.map((one) => written[one]).find((one) => one !== undefined);
      return value === undefined ? [] : [[own, converted(own, value, fill)]];
    }),
  );
  return { oauth: Object.keys(oauth).length === 0 ? undefined : oauth, taken: [key] };
}

function converted(key: string, value: unknown, fill: (text: string) => string): unknown {
  if (key === 'scopes' && typeof value === 'string') return value.split(/\s+/).filter((one) => one !== '');
  return typeof value === 'string' ? fill(value) : value;
}

import type { CallArguments } from '../../protocol/finished-call.js';

/** Longer texts in them are cut to this many characters. */
const MAX_TEXT = 1_024;
/** Deeper ones are replaced: no tool needs them, and a line should be read by every program. */
const MAX_DEPTH = 16;
const REDACTED = '[redacted]';

/** How secrets are known. */
export interface Secrets {
  /** Removes those that mcp-pipe knows from a text. */
  redact: (text: string) => string;
  /** Whether a field of this name holds one: `password`, `apiKey`. */
  isSecretName: (name: string) => boolean;
  /** Whether a text is one by its shape: `Bearer …`, a key of a known service. */
  isSecretValue: (text: string) => boolean;
}

/**
 * The arguments of a call as they may be written: without secrets of the configuration, without values of fields that are
 * named like one, and bounded.
 */
export function redactArguments({ json, bytes }: CallArguments, secrets: Secrets): unknown {
  if (json === undefined) return `[${bytes} bytes]`;
  try {
    return redacted(JSON.parse(json), secrets, 0);
  } catch {
    return `[${bytes} bytes, no JSON]`;
  }
}

function redacted(value: unknown, secrets: Secrets, depth: number): unknown {
  if (typeof value === 'string') {
    if (secrets.isSecretValue(value)) return REDACTED;
    const clean = secrets.redact(value);
    return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}… [${clean.length} characters]` : clean;
  }
  if (typeof value === 'number') {
    const text = secrets.redact(String(value));
    return text === String(value) ? value : text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redacted(item, secrets, depth + 1));
  const entries = Object.entries(value).map(([name, inner]) => {
    const shown = secrets.redact(name);
    if (secrets.isSecretName(name) && inner !== null && inner !== '') return [shown, REDACTED];
    return [shown, redacted(inner, secrets, depth + 1)];
  });
  return Object.fromEntries(entries);
}

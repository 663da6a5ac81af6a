/** A copy of a JSON value in which every text, key and number passed `redact`. */
export function redactValues(redact: (text: string) => string, value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number') {
    const text = redact(String(value));
    return text === String(value) ? value : text;
  }
  if (Array.isArray(value)) return value.map((item) => redactValues(redact, item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [redact(key), redactValues(redact, item)]);
  return Object.fromEntries(entries);
}

/** What this device remembers of a person's choices. A private window may refuse to; then they last as long as the page. */
const PREFIX = 'mcp-pipe.';
const inMemory = new Map<Choice, string>();

/** `key`: the fingerprint of the key, never the key. */
export type Choice = 'lang' | 'theme' | 'shortcuts' | 'key';

export function kept(name: Choice): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? inMemory.get(name);
  } catch {
    return inMemory.get(name);
  }
}

/** undefined: forgotten. */
export function keepChoice(name: Choice, value: string | undefined): void {
  if (value === undefined) inMemory.delete(name);
  else inMemory.set(name, value);
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // The choice is in memory.
  }
}

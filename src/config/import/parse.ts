import { JsonSource } from '../json-source.js';

export type Syntax = 'json' | 'yaml' | 'toml';

export interface Parsed {
  value: unknown;
  syntax: Syntax;
}

/** What a file says, by the ending of its name; undefined when it cannot be read so. Parsers come when they are needed. */
export async function parseForeign(file: string, text: string): Promise<Parsed | undefined> {
  const [, ending] = /\.([^.\\/]+)$/.exec(file.toLowerCase()) ?? [];
  try {
    if (ending === 'yaml' || ending === 'yml') {
      const { parse } = (await import('yaml')).default;
      return { value: parse(text), syntax: 'yaml' };
    }
    if (ending === 'toml') {
      const { parse } = await import('smol-toml');
      return { value: parse(text), syntax: 'toml' };
    }
  } catch {
    return undefined;
  }
  const { value } = new JsonSource(file, text);
  return value === undefined ? undefined : { value, syntax: 'json' };
}

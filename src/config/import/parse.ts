import { JsonSource, pathText } from '../json-source.js';

export type Syntax = 'json' | 'yaml' | 'toml';

export interface Parsed {
  value: unknown;
  syntax: Syntax;
  /** Keys that one object holds twice, where the format allows that; the last one counts. */
  twice: readonly string[];
}

/** A file in another format than its name says. Its content is not repeated: it may be a secret. */
export class ForeignSyntaxError extends Error {
  constructor(
    readonly syntax: 'YAML' | 'TOML',
    /** 1-based; undefined when the parser does not say. */
    readonly line: number | undefined,
  ) {
    super(`no ${syntax}`);
  }
}

/** `yaml` says `linePos`, `smol-toml` says `line`. */
function lineOf(error: unknown): number | undefined {
  const { linePos, line } = error as { linePos?: { line: number }[]; line?: number };
  return linePos?.[0]?.line ?? line;
}

/**
 * Parses a file by the ending of its name; undefined when it is no JSON. Parsers are loaded when needed.
 *
 * @throws ForeignSyntaxError when it is no YAML or TOML, although its name says so.
 */
export async function parseForeign(file: string, text: string): Promise<Parsed | undefined> {
  const [, ending] = /\.([^.\\/]+)$/.exec(file.toLowerCase()) ?? [];
  try {
    if (ending === 'yaml' || ending === 'yml') {
      const { parse } = (await import('yaml')).default;
      return { value: parse(text), syntax: 'yaml', twice: [] };
    }
    if (ending === 'toml') {
      const { parse } = await import('smol-toml');
      return { value: parse(text), syntax: 'toml', twice: [] };
    }
  } catch (error) {
    throw new ForeignSyntaxError(ending === 'toml' ? 'TOML' : 'YAML', lineOf(error));
  }
  const { value, duplicates } = new JsonSource(file, text);
  const twice = duplicates.map(({ path }) => pathText(path));
  return value === undefined ? undefined : { value, syntax: 'json', twice };
}

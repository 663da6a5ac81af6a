/**
 * Says which place of src each place of the bundle comes from, in a stack or report on standard input, and prints the rest as it is:
 *
 *     npm run --silent where < stack.txt
 *
 * The package has no source maps: they are larger than the code. A build of the same commit gives its files the same names, for
 * these are made of what is in them; of files with another name nothing is said, but that they are of another version.
 */
import { SourceMap } from 'node:module';
import { isAbsolute, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { ascii, program } from '../rolldown.config.js';

const root = join(import.meta.dirname, '..');
const PLACE = /([\w.-]+-[\w-]{8}|main|library|start)\.cjs:(\d+):(\d+)/g;

/** Where a line and column of a file of the bundle comes from, both from 1; undefined: no such place. */
export type Place = (file: string, line: number, column: number) => string | undefined;

/** Builds the bundle once more, in memory, with its maps. */
export async function placesOfBundle(): Promise<Place> {
  const { output } = await build({
    ...program,
    // Lists of packages are written beside the bundle; signs outside of ASCII are counted below.
    plugins: [],
    output: { ...program.output, sourcemap: 'hidden' },
    write: false,
  });
  const files = new Map(
    output.flatMap((file) =>
      file.type === 'chunk' && file.map
        ? [
            [
              file.fileName,
              { lines: file.code.split('\n'), map: new SourceMap(JSON.parse(file.map.toString())) },
            ],
          ]
        : [],
    ),
  );
  return (name, line, column) => {
    const file = files.get(name);
    const code = file?.lines[line - 1];
    if (file === undefined || code === undefined) return undefined;
    const found = file.map.findEntry(line - 1, columnBefore(code, column - 1));
    if (!('originalSource' in found)) return undefined;
    return `${shown(found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  };
}

/** The column of a line as it was before its signs outside of ASCII became escapes. */
function columnBefore(code: string, column: number): number {
  let at = 0;
  for (let escaped = 0; at < code.length && escaped < column; at++) escaped += ascii(code[at]!).length;
  return at;
}

function shown(source: string): string {
  const path = source.startsWith('file:') ? fileURLToPath(source) : source;
  return relative(root, isAbsolute(path) ? path : join(root, 'dist/bundle', path));
}

/** The text with each place of the bundle followed by where it comes from. */
export function withSources(said: string, place: Place): string {
  return said.replace(PLACE, (whole, name: string, line: string, column: string) => {
    const from = place(`${name}.cjs`, Number(line), Number(column));
    return `${whole} = ${from ?? 'a place of another version'}`;
  });
}

if (process.argv[1] === import.meta.filename)
  process.stdout.write(withSources(await text(process.stdin), await placesOfBundle()));

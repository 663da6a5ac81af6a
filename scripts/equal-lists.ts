import { CANDIDATES, type Candidate, startBehindGateway } from '../test/helpers/gateways.js';
import { type Lists, listsDirectly, listsThroughPipe } from '../test/helpers/lists-of.js';

/**
 * `npm run equal-lists [-- NAME...]`: real servers of npm and PyPI behind a gateway of somebody else, asked for their lists over
 * HTTP and through a pipe. Prints whether both got the same bytes. Downloads what is not there yet.
 */
async function main(chosen: readonly string[]): Promise<number> {
  const candidates = CANDIDATES.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  let unequal = 0;
  say('| server | gateway | tools | lists | bytes | equal |');
  say('|---|---|---:|---:|---:|---|');
  for (const candidate of candidates) {
    const { cells, isEqual } = await compare(candidate);
    if (!isEqual) unequal += 1;
    say(`| ${candidate.name} | ${candidate.gateway} | ${cells.join(' | ')} |`);
  }
  say(`${candidates.length - unequal} of ${candidates.length} servers: the same bytes.`);
  return unequal === 0 ? 0 : 1;
}

async function compare(candidate: Candidate): Promise<{ cells: string[]; isEqual: boolean }> {
  try {
    const server = await startBehindGateway(candidate);
    try {
      const url = `http://127.0.0.1:${server.port}/mcp`;
      const direct = await listsDirectly(url);
      const through = await listsThroughPipe(url);
      const differing = [...direct].filter(([method, bytes]) => !through.get(method)?.equals(bytes));
      const isEqual = differing.length === 0 && hasItems(direct) && through.size === direct.size;
      const words = isEqual
        ? 'yes'
        : `NO: ${differing.map(([method]) => method).join(', ') || 'they are empty'}`;
      return { cells: [...figures(direct), words], isEqual };
    } finally {
      await server.kill();
    }
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split('\n');
    return { cells: ['', '', '', `NOT TRIED: ${line}`], isEqual: false };
  }
}

/** A gateway whose server has not started may answer with empty lists. */
const hasItems = (lists: Lists): boolean => [...lists.values()].some((answer) => answer.includes('"name":'));

function figures(lists: Lists): string[] {
  const tools = JSON.parse(lists.get('tools/list')?.toString('utf8') ?? '{}') as {
    result?: { tools: unknown[] };
  };
  const bytes = [...lists.values()].reduce((sum, { length }) => sum + length, 0);
  return [String(tools.result?.tools.length ?? '-'), String(lists.size), String(bytes)];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exit(await main(process.argv.slice(2)));

import { type KeptTool, type KeptTools, MOST_KNOWN, MOST_TEXTS, MOST_TOOLS } from './kept-tool.js';

/**
 * What a machine is to know of a server's tools, with what all machines that share a store have put there. Pure; what comes out is merged
 * with the same once more to itself.
 *
 * What the store has goes before what a machine has trusted at first sight. What was accepted later, by a person for one, counts on all
 * machines. Of definitions that wait, the latest does.
 *
 * @param shared what the store has; undefined: nothing
 */
// D317
export function mergeKept(shared: KeptTools | undefined, own: KeptTools): KeptTools {
  if (!shared) return own;
  const tools: [string, KeptTool][] = [];
  const theirs = new Map(Object.entries(shared.tools));
  const ours = new Map(Object.entries(own.tools));
  let texts = 0;
  for (const name of new Set([...theirs.keys(), ...ours.keys()])) {
    if (tools.length >= MOST_TOOLS) break;
    const tool = mergeTool(theirs.get(name), ours.get(name));
    if (!tool) continue;
    texts += (tool.text?.length ?? 0) + (tool.waiting?.text?.length ?? 0);
    tools.push([name, texts > MOST_TEXTS ? withoutTexts(tool) : tool]);
  }
  return { identity: own.identity, isTrusted: true, tools: Object.fromEntries(tools) };
}

/** Whether both know, and wait for, the same. Texts are there or not, as far as there is room. */
export function isSameKept(a: KeptTools, b: KeptTools): boolean {
  return essence(a) === essence(b);
}

/** All but the texts: hashes alone. */
export function withoutTexts(tool: KeptTool): KeptTool {
  const { text: _, waiting, ...rest } = tool;
  return waiting ? { ...rest, waiting: { hash: waiting.hash, at: waiting.at } } : rest;
}

function mergeTool(shared: KeptTool | undefined, own: KeptTool | undefined): KeptTool | undefined {
  const [theirs, ours] = [shared?.known ?? [], acceptedOf(own)];
  const known = [...new Set([...theirs, ...ours])].slice(-MOST_KNOWN);
  const accepted = [...new Set([...acceptedOf(shared), ...ours])].filter((hash) => known.includes(hash));
  const waiting = [shared?.waiting, own?.waiting]
    .filter((one) => one !== undefined)
    .filter(({ hash }) => !known.includes(hash))
    .sort((a, b) => b.at - a.at || (a.hash < b.hash ? 1 : -1))[0];
  if (known.length === 0 && !waiting) return undefined;
  const isOwn = own?.known.at(-1) === known.at(-1);
  const text = isOwn ? (own?.text ?? shared?.text) : textOf(shared, known.at(-1));
  return {
    ...{ known, accepted },
    ...(text === undefined ? {} : { text }),
    ...(waiting ? { waiting: withText(waiting, shared, own) } : {}),
  };
}

/** Files of before have no mark: there, what is known beside the first definition was approved by a person. */
function acceptedOf(tool: KeptTool | undefined): readonly string[] {
  return tool?.accepted ?? tool?.known.slice(1) ?? [];
}

/** Of the last known definition, if the text is that. */
function textOf(tool: KeptTool | undefined, hash: string | undefined): string | undefined {
  return tool?.known.at(-1) === hash ? tool?.text : undefined;
}

function withText(
  waiting: NonNullable<KeptTool['waiting']>,
  ...tools: readonly (KeptTool | undefined)[]
): KeptTool['waiting'] {
  const same = tools.map((tool) => tool?.waiting).filter((one) => one?.hash === waiting.hash);
  const text = same.find((one) => one?.text !== undefined)?.text;
  return { hash: waiting.hash, at: waiting.at, ...(text === undefined ? {} : { text }) };
}

function essence({ isTrusted, tools }: KeptTools): string {
  const names = Object.keys(tools).sort();
  const each = names.map((name) => {
    const { known, accepted = [], waiting } = tools[name]!;
    return [name, known, [...accepted].sort(), waiting?.hash, waiting?.at];
  });
  return JSON.stringify([isTrusted, each]);
}

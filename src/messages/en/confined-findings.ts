import { CONFINEMENT_WORDS } from '../../protocol/confinement-words.js';

/** Said by an error of a start, as its id and parameters. */
export interface Said {
  said: { id: string; params: unknown };
}

/** The errors and warnings about `user`, `nice`, `sandbox` and `image`. */
export const confinedFindings = {
  'held-twice': ({ key }: { key: 'sandbox' | 'nice' }) => ({
    expected: `either "image" or "${key}"`,
    got: 'both',
    next: `Remove one of them: a container is held by the engine, whose bounds stand in "limits".`,
  }),
  'image-mount': () => ({
    expected: 'what of this machine is seen where: "data:/data" or "data:/data:rw"',
    got: 'another text',
    next: 'Write a folder or file of this machine, a colon, and an absolute path in the container.',
  }),
  'sandbox-path-missing': ({ path }: { path: string }) => ({
    expected: 'a file or folder that exists',
    got: `${path}, which does not`,
    next: 'Create it, or correct the path: a relative one is looked up from "cwd". What may be read and is missing is left out; what may be written has to exist.',
  }),
  'sandbox-fetches': ({ name, program }: { name: string; program: string }) => ({
    expected: 'a locked package: without a network nothing is downloaded',
    got: `"network": false, and ${program}, which has to download it`,
    next: `Lock it, which downloads it outside of the sandbox: mcp-pipe lock ${name}`,
  }),
  'not-held': ({ said: { id, params } }: Said) => {
    const { what, next } = wordsOf(CONFINEMENT_WORDS, id, params);
    return { expected: 'a system that can hold the server as its entry asks', got: what, next };
  },
};

type Words = Record<keyof typeof CONFINEMENT_WORDS, unknown>;

/** The words for an error of a start, out of those of one language. */
export function wordsOf(words: Words, id: string, params: unknown): { what: string; next: string } {
  const say = words[id as keyof Words] as (params: unknown) => { what: string; next: string };
  return say(params);
}

import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import type * as z from 'zod';
import type { Confinement, ImageMount, ImagePlan, SandboxPlan } from '../../../sandbox/confinement.js';
import { errorAt } from '../../finding.js';
import type { EntryReader, KeyForms } from '../kind.js';

/** nice(1). */
const NICE = { least: -20, most: 19 };

/** Keys about what holds the process. */
export const confinedKeys = ({ z, wants, text, listOfTexts, yesOrNo }: KeyForms) => ({
  user: text
    .optional()
    .describe(
      'The user that the process runs as, by name or number; only root may start it as another. With "image": the user in the container.',
    )
    .meta({ examples: ['mcp'] }),
  nice: z
    .number(wants('number', NICE))
    .int(wants('number', NICE))
    .min(NICE.least, wants('number', NICE))
    .max(NICE.most, wants('number', NICE))
    .optional()
    .describe(
      'Its priority for the processor: 19 runs after all others, 0 (default) as others, -20 before them, which only root may give.',
    ),
  sandbox: z
    .union(
      [
        z.literal('auto', wants('sandbox')),
        z.strictObject(
          {
            read: listOfTexts
              .optional()
              .describe('Further folders and files that it may read. Relative to "cwd"; ~ is the home.'),
            write: listOfTexts
              .optional()
              .describe(
                'Folders and files that it may write. Default: none but its temporary files and its cache.',
              ),
            network: yesOrNo.optional().describe('false: it reaches no network. Default: true.'),
            by: z
              .enum(['bubblewrap', 'landlock'], wants('sandbox-by'))
              .optional()
              .describe('What has to hold it. Default: bubblewrap where it works, else Landlock.'),
          },
          wants('sandbox'),
        ),
      ],
      wants('sandbox'),
    )
    .optional()
    .describe(
      'Holds the process: it reads the system and what it needs to start, not the home, and writes only what is named. "auto": it writes the folder that it starts in. Linux only, by bubblewrap or Landlock; where neither works, it is not started. See docs/sandbox.md.',
    )
    .meta({ examples: ['auto', { write: ['data'], network: false }] }),
  image: z
    .union(
      [
        text.min(1, wants('image')),
        z.strictObject(
          {
            name: text
              .min(1, wants('image'))
              .describe('The image: "mcp/time", better with its digest: "mcp/time@sha256:…".'),
            network: z
              .union([yesOrNo, text], wants('image'))
              .optional()
              .describe(
                'true: the usual network of the engine; a text: the network of that name. Default: none.',
              ),
            mounts: listOfTexts
              .optional()
              .describe(
                'What it sees of this machine: "data:/data", read-only unless ":rw" stands behind it. Default: nothing.',
              ),
          },
          wants('image'),
        ),
      ],
      wants('image'),
    )
    .optional()
    .describe(
      'Runs the server in a container of that image, by docker or podman: "args" are its arguments, "env" its variables, "command" takes the place of its own program. No network, nothing written, no rights, bounds by "limits". See docs/sandbox.md.',
    )
    .meta({ examples: ['mcp/time', { name: 'mcp/fetch', network: true }] }),
});

type Entry = z.infer<z.ZodObject<ReturnType<typeof confinedKeys>>>;

/** Keys of the objects, for advice about others. */
export const SANDBOX_KEYS = ['read', 'write', 'network', 'by'];
export const IMAGE_KEYS = ['name', 'network', 'mounts'];

/** What of the keys can be known before the plan is made. */
export type ReadConfinement = Omit<Confinement, 'image'> & {
  image?: Omit<ImagePlan, 'variables'> | undefined;
};

/** Reads the keys; undefined: the entry has none of them. */
export function readConfinement(
  entry: Entry & { command?: string | undefined },
  cwd: string,
  reader: EntryReader,
): ReadConfinement | undefined {
  const { user, nice, sandbox, image } = entry;
  if (user === undefined && nice === undefined && sandbox === undefined && image === undefined)
    return undefined;
  const { placeOf, report } = reader;
  if (image !== undefined && sandbox !== undefined)
    report(errorAt(placeOf('sandbox'), 'held-twice', { key: 'sandbox' }));
  if (image !== undefined && nice !== undefined)
    report(errorAt(placeOf('nice'), 'held-twice', { key: 'nice' }));
  const { file } = placeOf();
  const folder = file === '' ? undefined : resolve(file, '..');
  return {
    ...(user === undefined ? {} : { user: reader.text(user, 'user') }),
    ...(nice === undefined ? {} : { nice }),
    ...(sandbox === undefined ? {} : { sandbox: readSandbox(sandbox, cwd, reader) }),
    ...(image === undefined ? {} : { image: readImage(entry, image, reader) }),
    own: folder === undefined ? [] : [file, resolve(folder, '.env')],
  };
}

function readSandbox(sandbox: NonNullable<Entry['sandbox']>, cwd: string, reader: EntryReader): SandboxPlan {
  if (sandbox === 'auto') return { read: [], write: [], writesOwnFolder: true, network: true };
  const { read = [], write = [], network, by } = sandbox;
  const pathsOf = (key: 'read' | 'write', list: typeof read) =>
    list.map((path, i) => resolve(cwd, withHome(reader.text(path, 'sandbox', key, i))));
  return {
    ...{ read: pathsOf('read', read), write: pathsOf('write', write) },
    ...{ writesOwnFolder: false, network: !isNo(network) },
    ...(by === undefined ? {} : { by }),
  };
}

function readImage(
  { command }: { command?: string | undefined },
  image: NonNullable<Entry['image']>,
  reader: EntryReader,
): Omit<ImagePlan, 'variables'> {
  const entrypoint = command === undefined ? {} : { entrypoint: reader.text(command, 'command') };
  if (typeof image === 'string') {
    return { name: reader.text(image, 'image'), network: 'none', mounts: [], ...entrypoint };
  }
  const { name, network, mounts = [] } = image;
  return {
    name: reader.text(name, 'image', 'name'),
    network: networkOf(network, reader),
    mounts: mounts.flatMap((mount, i) => readMount(mount, i, reader)),
    ...entrypoint,
  };
}

/** The network of the engine that containers get by default. */
const USUAL_NETWORK = 'bridge';

function networkOf(network: string | boolean | undefined, reader: EntryReader): string {
  if (network === undefined || isNo(network)) return 'none';
  return /^true$/i.test(String(network)) ? USUAL_NETWORK : reader.text(network, 'image', 'network');
}

/** `data:/data`, `data:/data:ro`, `C:\\data:/data:rw`. */
const MOUNT = /^((?:[A-Za-z]:)?[^:]+):(\/[^:]*)(?::(ro|rw))?$/;

function readMount(written: string | number | boolean, i: number, reader: EntryReader): ImageMount[] {
  const text = reader.text(written, 'image', 'mounts', i);
  const [, from, to, mode] = MOUNT.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    return [{ from: resolve(reader.folder, withHome(from)), to, isWritable: mode === 'rw' }];
  }
  if (reader.isFilled('image', 'mounts', i))
    reader.report(errorAt(reader.placeOf('image', 'mounts', i), 'image-mount'));
  return [];
}

function isNo(value: string | boolean | undefined): boolean {
  return /^false$/i.test(String(value));
}

function withHome(path: string): string {
  return isAbsolute(path) ? path : path.replace(/^~(?=$|\/)/, homedir());
}

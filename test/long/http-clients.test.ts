import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { fourServers } from '../helpers/four-servers.js';
import { connectV1, connectV2 } from '../helpers/http-clients.js';
import type { MemberUnderTest } from '../helpers/link.js';
import { type LinkKind, serve } from '../helpers/served.js';

const LINKS: LinkKind[] = ['pipe', 'mux'];
const CLIENTS = [
  { generation: '1.x', connect: connectV1 },
  { generation: '2.x', connect: connectV2 },
] as const;

let servers: MemberUnderTest[];
/** A folder that the filesystem server serves only because it is a root of its client. */
let root: string;
beforeAll(async () => {
  const four = await fourServers();
  servers = four.members;
  root = await realpath(await mkdir(join(four.folder, 'root'), { recursive: true }).then((made) => made!));
  await writeFile(join(root, 'note.txt'), 'ghi chú');
});

const CASES = LINKS.flatMap((kind) => CLIENTS.map((client) => ({ kind, ...client })));
it.each(CASES)(
  'the client of SDK $generation lists and calls four real servers, over HTTP and a $kind',
  async ({ kind, connect }) => {
    const { urlOf } = await serve(kind, servers);
    const everything = await connect(urlOf('everything'), { roots: [root] });
    expect(await everything.tools()).toEqual(
      expect.arrayContaining(['echo', 'trigger-sampling-request', 'trigger-elicitation-request']),
    );
    expect((await everything.resources()).length).toBeGreaterThan(0);
    expect(await everything.prompts()).toContain('simple-prompt');
    expect(await everything.call('echo', { message: 'xin chào' })).toContain('xin chào');
    const memory = await connect(urlOf('memory'), { roots: [root] });
    const entities = [{ name: 'Huế', entityType: 'city', observations: ['🌸'] }];
    await memory.call('create_entities', { entities });
    expect(await memory.call('read_graph')).toContain('🌸');
    const calculator = await connect(urlOf('calculator'), { roots: [root] });
    expect(await calculator.call('calculate', { expression: '6 * 7' })).toBe('42');
    const filesystem = await connect(urlOf('filesystem'), { roots: [root] });
    // The server takes the caller's roots instead of its own folder.
    await eventually(async () => (await filesystem.call('list_allowed_directories')).includes(root));
    expect(await filesystem.call('read_text_file', { path: join(root, 'note.txt') })).toContain('ghi chú');
  },
);

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemberUnderTest } from './link.js';
import { program } from './real-servers.js';

export const calculator = join(import.meta.dirname, '../../examples/calculator.js');

export interface FourServers {
  folder: string;
  members: MemberUnderTest[];
}

/** The servers everything, memory, filesystem and calculator, with a folder that holds note.txt. */
export async function fourServers(): Promise<FourServers> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-four-'));
  await writeFile(join(folder, 'note.txt'), 'ghi chú');
  return {
    folder,
    members: [
      { name: 'everything', server: [program('@modelcontextprotocol/server-everything'), 'stdio'] },
      {
        name: 'memory',
        server: [program('@modelcontextprotocol/server-memory')],
        env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
      },
      { name: 'filesystem', server: [program('@modelcontextprotocol/server-filesystem'), folder] },
      { name: 'calculator', server: [calculator] },
    ],
  };
}

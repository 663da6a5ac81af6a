import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { tarGz } from '../../src/daemon/doctor/tar.js';

/** One version of a package: its package.json and its files, by their paths. */
export interface PackageVersion {
  name: string;
  version: string;
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
  files: Record<string, string>;
}

/** A registry of npm on loopback, whose archives are made on the spot. */
export interface NpmRegistry {
  url: string;
  /** What was asked for, in order. */
  asked: string[];
  /** Adds a version, which is the latest from then on. */
  publish(version: PackageVersion): void;
  /** Called before an archive is sent; what it returns is sent instead. */
  onArchive: (name: string, archive: Buffer) => Buffer | Promise<Buffer>;
  /** Nothing listens at its address from now on. */
  close(): Promise<void>;
}

export async function npmRegistry(...packages: PackageVersion[]): Promise<NpmRegistry> {
  const all = new Map<string, PackageVersion[]>();
  const archives = new Map<string, Buffer>();
  const registry: NpmRegistry = {
    url: '',
    asked: [],
    onArchive: (_, archive) => archive,
    publish(version) {
      const { files, ...manifest } = version;
      const texts = { ...files, 'package.json': JSON.stringify(manifest) };
      const list = Object.entries(texts).map(([name, text]) => ({ name: `package/${name}`, text }));
      archives.set(`${version.name}-${version.version}`, tarGz(list, Date.now()));
      all.set(version.name, [...(all.get(version.name) ?? []), version]);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    registry.asked.push(path);
    void answer(path)
      .then((body) => {
        response.writeHead(body === undefined ? 404 : 200);
        response.end(body ?? '{}');
      })
      .catch(() => response.destroy());
  });
  const answer = async (path: string): Promise<Buffer | string | undefined> => {
    const [, archive] = /\/-\/(.+)\.tgz$/.exec(path) ?? [];
    if (archive !== undefined) {
      const bytes = archives.get(archive);
      return bytes && (await registry.onArchive(archive, bytes));
    }
    const name = path.slice(1);
    const versions = all.get(name);
    if (versions === undefined) return undefined;
    const described = versions.map(({ files: _, ...manifest }) => {
      const id = `${name}-${manifest.version}`;
      const hash = createHash('sha512').update(archives.get(id)!).digest('base64');
      const dist = { tarball: `${registry.url}${name}/-/${id}.tgz`, integrity: `sha512-${hash}` };
      return [
        manifest.version,
        {
          ...manifest,
          ...(manifest.scripts ? { hasInstallScript: true } : {}),
          dist,
          maintainers: [{ name: 'an', email: 'an@example.com' }],
        },
      ];
    });
    return JSON.stringify({
      name,
      'dist-tags': { latest: versions.at(-1)!.version },
      maintainers: [{ name: 'an', email: 'an@example.com' }],
      versions: Object.fromEntries(described),
    });
  };
  for (const version of packages) registry.publish(version);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  registry.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  onTestFinished(() => registry.close());
  return registry;
}

/** A server that says with which arguments and variables it was started; its text comes from a dependency. */
export function shownServer(version: string): PackageVersion[] {
  const script = `#!/usr/bin/env node
const { createInterface } = require('node:readline');
const told = require('told');
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const say = (result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
  if (method === 'initialize')
    say({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'shown', version: '${version}' } });
  else if (method === 'tools/list') say({ tools: [{ name: 'show', inputSchema: { type: 'object' } }] });
  else if (method === 'tools/call') {
    const seen = { version: '${version}', told, argv: process.argv.slice(1), cwd: process.cwd(), ppid: process.ppid, pid: process.pid };
    const text = JSON.stringify({ ...seen, path: process.env.PATH, npm: Object.keys(process.env).filter((name) => /^npm_/.test(name)) });
    say({ content: [{ type: 'text', text }] });
  } else say({});
});
process.stdin.on('end', () => process.exit(0));
`;
  return [
    {
      ...{ name: 'shown-server', version, bin: { 'shown-server': 'cli.js' } },
      dependencies: { told: '^1.0.0' },
      files: { 'cli.js': script },
    },
    { name: 'told', version: '1.0.0', files: { 'index.js': "module.exports = 'told';" } },
  ];
}

/** A server with a tool that counts its calls in a file beside its code. */
export function keepingServer(version: string): PackageVersion {
  const script = `#!/usr/bin/env node
const { appendFileSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const file = join(__dirname, 'calls.jsonl');
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const say = (result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
  if (method === 'initialize')
    say({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'keeping', version: '${version}' } });
  else if (method === 'tools/list') say({ tools: [{ name: 'count', inputSchema: { type: 'object' } }] });
  else if (method === 'tools/call') {
    appendFileSync(file, '1\\n');
    say({ content: [{ type: 'text', text: readFileSync(file, 'utf8').length / 2 + ' calls of ' + file }] });
  } else say({});
});
process.stdin.on('end', () => process.exit(0));
`;
  return {
    ...{ name: 'keeping-server', version, bin: { 'keeping-server': 'dist/cli.js' } },
    files: { 'dist/cli.js': script },
  };
}

/** A server that keeps a line for each of its starts beside its code, as server-memory keeps its graph. */
export function noteServer(version: string): PackageVersion {
  const script = `#!/usr/bin/env node
const { appendFileSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const file = join(__dirname, 'notes.jsonl');
process.stdin.once('data', () => {
  appendFileSync(file, JSON.stringify('${version}') + '\\n');
  const notes = readFileSync(file, 'utf8').trim().split('\\n').map((line) => JSON.parse(line));
  const text = JSON.stringify({ notes, dir: __dirname });
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } }) + '\\n');
});
process.stdin.on('end', () => process.exit(0));
`;
  return {
    ...{ name: 'note-server', version, bin: { 'note-server': 'dist/cli.js' } },
    files: { 'dist/cli.js': script, 'README.md': `version ${version}`, 'words.csv': `words of ${version}` },
  };
}

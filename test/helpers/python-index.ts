import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';

/** A release of a package that the index serves. */
export interface Release {
  version: string;
  /** Files of the wheel by their path. */
  files: Readonly<Record<string, string>>;
  /** Commands: `name = module:function`. */
  scripts?: readonly string[];
  requires?: readonly string[];
  requiresPython?: string;
}

/** An index of Python packages on loopback, with wheels that are made on the spot. */
export interface PythonIndex {
  /** `http://127.0.0.1:PORT/simple/` */
  url: string;
  /** The paths that were asked for. */
  readonly asked: string[];
  /** Serves other bytes for every wheel from now on, under the same hashes. */
  tamper(): void;
  close(): Promise<void>;
}

/** Starts an index (PEP 503, 691). */
export async function startPythonIndex(
  packages: Readonly<Record<string, readonly Release[]>>,
): Promise<PythonIndex> {
  const wheels = new Map<string, Buffer>();
  for (const [name, releases] of Object.entries(packages))
    for (const release of releases) wheels.set(wheelName(name, release), wheelOf(name, release));
  const digest = new Map(
    [...wheels].map(([file, bytes]) => [file, createHash('sha256').update(bytes).digest('hex')]),
  );
  const asked: string[] = [];
  let isTampered = false;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const wheel = wheels.get(path.replace('/files/', ''));
    if (wheel) return void response.end(isTampered ? Buffer.concat([wheel, Buffer.from('!')]) : wheel);
    const name = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
    const releases = name === undefined ? undefined : packages[name];
    if (releases === undefined) return void response.writeHead(404).end();
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
    const files = releases.map((release) => {
      const filename = wheelName(name!, release);
      return {
        ...{ filename, url: `../../files/${filename}`, hashes: { sha256: digest.get(filename) } },
        ...(release.requiresPython ? { 'requires-python': release.requiresPython } : {}),
      };
    });
    response.end(JSON.stringify({ meta: { 'api-version': '1.1' }, name, versions: [], files }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/simple/`,
    asked,
    tamper: () => {
      isTampered = true;
    },
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

function wheelName(name: string, { version }: Release): string {
  return `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`;
}

/** PEP 427. */
function wheelOf(
  name: string,
  { version, files, scripts = [], requires = [], requiresPython }: Release,
): Buffer {
  const info = `${name.replaceAll('-', '_')}-${version}.dist-info`;
  const metadata = [
    ...['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`],
    ...(requiresPython ? [`Requires-Python: ${requiresPython}`] : []),
    ...requires.map((one) => `Requires-Dist: ${one}`),
  ];
  const all: Record<string, string> = {
    ...files,
    [`${info}/METADATA`]: `${metadata.join('\n')}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ...(scripts.length === 0
      ? {}
      : { [`${info}/entry_points.txt`]: `[console_scripts]\n${scripts.join('\n')}\n` }),
  };
  const record = Object.entries(all).map(([path, text]) => {
    const hash = createHash('sha256').update(text).digest('base64url');
    return `${path},sha256=${hash},${Buffer.byteLength(text)}`;
  });
  return zipOf({ ...all, [`${info}/RECORD`]: `${record.join('\n')}\n${info}/RECORD,,\n` });
}

/** An archive without compression. */
function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, data] = [Buffer.from(path), Buffer.from(text)];
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    // 1980-01-01
    fields.writeUInt16LE(0x21, 8);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), fields, name, data);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, rest, name);
    offset += 30 + name.length + data.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

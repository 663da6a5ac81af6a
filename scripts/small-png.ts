import { crc32, deflateSync } from 'node:zlib';

/** Pixels of a picture without transparency, four bytes each: red, green, blue, and one that is not read. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

const MOST_COLOURS = 256;
/** Colours that are nearer to each other, as a sum of squares over three channels, are one. */
const NEAR = 6 * 6 * 3;

/** The picture as a PNG with a palette, a third as long as one of all colours: pages have few colours, and shades of letters. */
export function smallPng({ width, height, data }: Pixels): Buffer {
  const counts = new Map<number, number>();
  const pixels = width * height;
  for (let i = 0; i < pixels; i++) {
    const colour = colourAt(data, i);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = paletteOf(counts);
  const indexOf = new Map<number, number>();
  for (const colour of counts.keys()) indexOf.set(colour, nearest(palette, colour));
  // Each line begins with its filter: none, which suits palettes (PNG 12.8).
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      lines[y * (width + 1) + 1 + x] = indexOf.get(colourAt(data, y * width + x))!;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // 8 bits, with a palette.
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function colourAt(data: Uint8Array, pixel: number): number {
  return (data[pixel * 4]! << 16) | (data[pixel * 4 + 1]! << 8) | data[pixel * 4 + 2]!;
}

const channels = (colour: number) => [colour >> 16, (colour >> 8) & 255, colour & 255];

/** The colours that are used most, none near to another; of few colours all. */
function paletteOf(counts: ReadonlyMap<number, number>): number[] {
  const byUse = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  if (byUse.length <= MOST_COLOURS) return byUse;
  const palette: number[] = [];
  for (const colour of byUse) {
    if (palette.length === MOST_COLOURS) break;
    if (!palette.some((one) => distance(one, colour) < NEAR)) palette.push(colour);
  }
  return palette;
}

function nearest(palette: readonly number[], colour: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, one] of palette.entries()) {
    const far = distance(one, colour);
    if (far >= least) continue;
    least = far;
    best = i;
  }
  return best;
}

function distance(a: number, b: number): number {
  const [red, green, blue] = [
    (a >> 16) - (b >> 16),
    ((a >> 8) & 255) - ((b >> 8) & 255),
    (a & 255) - (b & 255),
  ];
  return red * red + green * green + blue * blue;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

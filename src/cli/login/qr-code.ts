import { renderUnicodeCompact } from 'uqr';

/** Between the code and other text, in modules on each side; scanners ask for 4, and do with 2. */
const BORDER = 2;
/** Of a code with error correction L (ISO/IEC 18004), in bytes. */
const MAX_BYTES = 2_953;

/**
 * The QR code of a link in half blocks, two rows a line; undefined when it is wider than `columns`. Light modules are drawn, so
 * that it is a code on a dark terminal; scanners read the inverse of a light one as well.
 */
export function qrCode(link: string, columns: number): string | undefined {
  // A code has room for this many bytes, and nobody for one that is as wide.
  if (Buffer.byteLength(link) > MAX_BYTES) return undefined;
  const code = renderUnicodeCompact(link, { border: BORDER, ecc: 'L' });
  const width = Math.max(...code.split('\n').map((line) => line.length));
  return width <= columns ? code : undefined;
}

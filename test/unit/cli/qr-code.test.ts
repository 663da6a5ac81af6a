import { expect, test } from 'vitest';
import { qrCode } from '../../../src/cli/login/qr-code.js';

test('a link has a QR code where it fits in, and none that is longer than codes can be', () => {
  const link = `https://as.test/${'a'.repeat(200)}`;
  expect(qrCode(link, 200)).toMatch(/[▀▄█]/);
  expect(qrCode(link, 20)).toBeUndefined();
  for (const length of [2_940, 10_000])
    expect(qrCode(`https://as.test/${'a'.repeat(length)}`, 10_000)).toBeUndefined();
});

import { excerpt } from '../../messages/human.js';
import type { Reasons } from '../reasons.js';

/** Characters of a name of a server, endpoint or tool that are shown. */
const MAX_LENGTH = 120;

/** A foreign text without secrets, as one line. Secrets are removed before the cut, because half a secret is not found. */
export function printable(text: string, reasons: Reasons): string {
  return excerpt(reasons.clean(text), MAX_LENGTH);
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { resourceOf } from './auth/metadata-urls.js';
import type { RemoteServer } from './remote-server.js';

/**
 * The file of a server's login. It is found by address, client and account, not by the server's name: several configurations
 * and copies share it.
 */
export function loginFile(folder: string, { url, oauth }: Pick<RemoteServer, 'url' | 'oauth'>): string {
  const server = new URL(url);
  const { clientId = '', account = '' } = oauth || {};
  const key = createHash('sha256')
    .update(JSON.stringify([resourceOf(server), clientId, account]))
    .digest('hex');
  const host = server.hostname.replace(/[^a-z\d.-]/gi, '_').slice(0, 60);
  return join(folder, `${host}-${key.slice(0, 16)}.json`);
}

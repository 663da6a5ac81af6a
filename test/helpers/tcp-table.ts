import { readFile } from 'node:fs/promises';

/** TIME_WAIT: both sides have ended, and the system only reserves the port. */
const DONE = '06';

/** Whether the system still has a TCP connection with that local port, whichever process held it; Linux only. */
export async function isInTcpTable(port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/));
  return rows.some(([, local, , state]) => local?.endsWith(`:${hex}`) && state !== DONE);
}

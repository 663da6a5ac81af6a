import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { onTestFinished } from 'vitest';

/** An answer as it came over the socket. */
export interface RawAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** All of it; '' when the connection was closed without a word. */
  text: string;
}

/** A connection on which bytes are sent as they are. It ends with the test. */
export async function rawSocket(
  port: number,
  { localAddress, tls }: { localAddress?: string; tls?: { ca: string } } = {},
): Promise<Socket> {
  const where = { host: '127.0.0.1', port, ...(localAddress ? { localAddress } : {}) };
  const socket = tls ? connectSecurely({ ...where, ...tls, servername: 'localhost' }) : connect(where);
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => {
    socket.once(tls ? 'secureConnect' : 'connect', resolve).once('close', () => resolve());
  });
  return socket;
}

/** Sends the bytes and resolves with all that comes until the connection is closed by the other side. */
export async function rawHttp(
  port: number,
  bytes: string | Buffer,
  options: Parameters<typeof rawSocket>[1] = {},
): Promise<RawAnswer> {
  const socket = await rawSocket(port, options);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
  socket.write(bytes);
  await closed;
  return answerOf(Buffer.concat(chunks).toString('latin1'));
}

/** Reads the first answer of what came over a socket. */
export function answerOf(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((one) => [one.split(':', 1)[0]!.toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]),
  );
  return { status: Number(line.split(' ')[1] ?? 0), headers, body: rest.join('\r\n\r\n'), text };
}

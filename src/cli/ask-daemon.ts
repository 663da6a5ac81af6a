import { userId } from '../daemon/control-place.js';
import { type Answer, type ControlClient, NoDaemonError, openControl } from '../faces/control/client.js';
import { worded } from '../messages/worded.js';

/**
 * Sends one request to the daemon that listens at one of these paths. Resolves with its result.
 * @throws NoDaemonError when no daemon listens, or it does not answer
 */
export async function askDaemon(
  paths: readonly string[],
  method: 'health' | 'links',
  timeoutMs: number,
  params: object = {},
): Promise<Answer> {
  const client: ControlClient = await openControl(paths, { uid: userId(), timeoutMs });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new NoDaemonError('DAEMON_SILENT', worded('daemon-silent', { timeoutMs })));
    }, timeoutMs);
  });
  try {
    return await Promise.race([client.ask(method, params), late]);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

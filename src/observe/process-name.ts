/**
 * The server of the plan that a process is of: `memory` for `memory` itself, and for `memory@alice` and `memory#3`, which some
 * clients have for themselves. Undefined when the plan has none. Pure.
 */
export function serverOfProcess(process: string, isPlanned: (name: string) => boolean): string | undefined {
  if (isPlanned(process)) return process;
  for (let at = process.length - 1; at > 0; at--) {
    if (process[at] !== '@' && process[at] !== '#') continue;
    const server = process.slice(0, at);
    if (isPlanned(server)) return server;
  }
  return undefined;
}

import type { ControlMethods } from '../faces/control/server.js';
import type { Health } from '../observe/health.js';
import type { Snapshot } from '../observe/snapshot.js';

/** What the control socket of a running daemon answers. */
export function controlMethods(health: Health, snapshot: Snapshot): ControlMethods {
  return {
    health: () => health.report(process.pid, Date.now()),
    links: () => ({ links: snapshot.links }),
  };
}

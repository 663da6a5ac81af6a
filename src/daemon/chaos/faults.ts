import type { RunningEndpoint } from '../../faces/endpoint/running-endpoint.js';
import type { Status } from '../../protocol/status.js';
import type { Clock } from '../../time/clock.js';
import type { Fault } from './fault-plan.js';

/** A fault that was done, or could not be. */
export interface DoneFault extends Fault {
  /** The server that was killed or frozen. */
  server: string | undefined;
  /** Its process. */
  pid: number | undefined;
  /** False: the server did not run, or the link had no connection. */
  wasDone: boolean;
}

export interface FaultsOptions {
  endpoint: Pick<RunningEndpoint, 'set' | 'closeServers' | 'dropServers' | 'pauseServers' | 'resumeServers'>;
  clock: Clock;
  /** The servers that a target stands for. */
  serversOf: (target: string) => readonly string[];
  /** Default: `process.kill`. */
  kill?: (pid: number, signal: NodeJS.Signals) => void;
}

/** As the cloud words it. */
const LIMITED = { code: 4004, reason: 'Internal server error' };

/**
 * Does the faults of a plan. Signals go only to processes that the links have reported as running servers: Node.js reports
 * the end of a process when it has taken note of it, and before that no other process can get its id.
 */
export class Faults {
  readonly #options: FaultsOptions;
  readonly #kill: (pid: number, signal: NodeJS.Signals) => void;
  /** Servers that run, by name, the last to become ready last. */
  readonly #pids = new Map<string, number>();
  /** What ends the faults that last. */
  readonly #ends = new Map<symbol, () => void>();

  constructor(options: FaultsOptions) {
    this.#options = options;
    this.#kill = options.kill ?? ((pid, signal) => void process.kill(pid, signal));
  }

  /** Takes note of the servers that run. */
  readonly onStatus = (status: Status): void => {
    const { link, server = link } = status;
    if (status.type === 'server-ready' && status.pid !== undefined) {
      this.#pids.delete(server);
      this.#pids.set(server, status.pid);
    } else if (status.type === 'server-down' || status.type === 'server-idle-stopped') {
      this.#pids.delete(server);
    } else if (status.type === 'server-state' && GONE.has(status.to)) this.#pids.delete(server);
  };

  /** Begins a fault. One that lasts ends by itself. */
  begin(fault: Fault): DoneFault {
    const { endpoint } = this.#options;
    const { kind, target, lastsMs } = fault;
    const ofLink = (connections: number): DoneFault => ({
      ...fault,
      ...{ server: undefined, pid: undefined, wasDone: connections > 0 },
    });
    if (kind === 'kill') return this.#signal(fault, 'SIGKILL');
    if (kind === 'freeze') {
      const done = this.#signal(fault, 'SIGSTOP');
      if (done.wasDone) this.#later(lastsMs, () => this.#thaw(done));
      return done;
    }
    if (kind === 'drop') return ofLink(endpoint.dropServers(target));
    if (kind === 'deaf') {
      const connections = endpoint.pauseServers(target);
      this.#later(lastsMs, () => endpoint.resumeServers(target));
      return ofLink(connections);
    }
    endpoint.set({ refuse: LIMITED }, target);
    this.#later(lastsMs, () => endpoint.set({ refuse: undefined }, target));
    endpoint.closeServers(target, LIMITED.code, LIMITED.reason);
    return ofLink(1);
  }

  /** Ends every fault that lasts. */
  end(): void {
    for (const end of [...this.#ends.values()]) end();
  }

  #signal(fault: Fault, signal: NodeJS.Signals): DoneFault {
    const names = this.#options.serversOf(fault.target);
    const [server, pid] = [...this.#pids].findLast(([name]) => names.includes(name)) ?? [];
    const wasDone = pid !== undefined && this.#send(pid, signal);
    return { ...fault, server, pid, wasDone };
  }

  #thaw({ server, pid }: DoneFault): void {
    if (this.#pids.get(server!) === pid) this.#send(pid!, 'SIGCONT');
  }

  /** False when the process has ended and is not taken note of yet. */
  #send(pid: number, signal: NodeJS.Signals): boolean {
    try {
      this.#kill(pid, signal);
      return true;
    } catch {
      return false;
    }
  }

  #later(ms: number, end: () => void): void {
    const key = Symbol('fault');
    const cancel = this.#options.clock.after(ms, () => {
      this.#ends.delete(key);
      end();
    });
    this.#ends.set(key, () => {
      cancel();
      this.#ends.delete(key);
      end();
    });
  }
}

/** States in which a server has no process. */
const GONE: ReadonlySet<string> = new Set(['stopped', 'waiting', 'idle-stopped', 'between-turns']);

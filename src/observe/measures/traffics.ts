import type { LinkTraffic, OpenCall } from '../../protocol/link-traffic.js';

/** A link that was replaced may still send a little: so many of its name are read on. */
const MOST_OF_A_NAME = 2;

interface Traffic {
  /** The newest last. */
  running: LinkTraffic[];
  /** Bytes of those before. */
  bytesIn: number;
  bytesOut: number;
}

/** Traffic of links and of clients of the gateway, by name. */
export class Traffics {
  readonly #byName = new Map<string, Traffic>();

  add(name: string, traffic: LinkTraffic): void {
    const known = this.#byName.get(name) ?? { running: [], bytesIn: 0, bytesOut: 0 };
    this.#byName.set(name, known);
    known.running.push(traffic);
    if (known.running.length <= MOST_OF_A_NAME) return;
    const { bytesIn, bytesOut } = known.running.shift()!;
    known.bytesIn += bytesIn;
    known.bytesOut += bytesOut;
  }

  remove(name: string): void {
    this.#byName.delete(name);
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  /** Since mcp-pipe started. */
  bytesOf(name: string): { bytesIn: number; bytesOut: number } {
    const { running, bytesIn, bytesOut } = this.#byName.get(name) ?? { running: [], bytesIn: 0, bytesOut: 0 };
    return {
      bytesIn: running.reduce((sum, one) => sum + one.bytesIn, bytesIn),
      bytesOut: running.reduce((sum, one) => sum + one.bytesOut, bytesOut),
    };
  }

  /** Calls that are not over, of one link or of all. */
  openCalls(name?: string): (OpenCall & { link: string })[] {
    const names = name === undefined ? this.names : [name];
    return names.flatMap((link) =>
      (this.#byName.get(link)?.running ?? []).flatMap((one) =>
        one.openCalls().map((call) => ({ ...call, link })),
      ),
    );
  }
}

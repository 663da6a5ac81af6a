import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { GATEWAY } from '../../config/gateway-defaults.js';
import { UNEXPOSED } from '../../config/gateway-exposure.js';
import { Networks } from '../../config/networks.js';
import type { Listening } from '../../faces/http/listen-error.js';
import { refuseUpgrade } from '../../faces/http/refuse-upgrade.js';
import { refusal, reject } from '../../faces/http/rejection.js';
import { requestIdOf } from '../../faces/http/request-id.js';
import type { Audit } from '../../protocol/audit.js';
import { securityHeaders } from './guard.js';
import type { Prepared } from './http-plans.js';
import { Listener, type ListenerBounds } from './listener.js';
import type { Site } from './site.js';
import { followTls, readTls, type TlsContents, type TlsFiles, type TlsFilesError } from './tls-files.js';

/** How long calls over a listener may take that is replaced by one elsewhere, in milliseconds. */
const REPLACED_WITHIN_MS = 30_000;

const NOTHING_HERE = refusal(404, 'nothing is served at this path');

/** An address of this machine to listen on. */
export interface Address {
  host: string;
  /** 0: any free port. */
  port: number;
}

/** What shall be served at an address. */
export interface Served extends Address {
  /** For the error when it cannot be listened on. */
  by: Listening;
  /** They are asked in this order. */
  sites: readonly Site[];
  /** Files of a certificate; undefined: HTTP. */
  tls?: TlsFiles | undefined;
}

/** What all listeners keep to. */
export interface Bounds {
  /** See `ExposurePlan`. */
  trustProxy: readonly string[];
  maxConnections: number;
  maxConnectionsPerAddress: number | undefined;
}

interface Open {
  listener: Listener;
  by: Listening;
  sites: readonly Site[];
  tls: TlsFiles | undefined;
  /** What they hold now. */
  contents: TlsContents | undefined;
  stopFollowing: () => void;
}

/** The addresses that one mcp-pipe listens on for HTTP, each with what is served there. */
// D220
export class Listeners {
  readonly #onBadTls: (error: TlsFilesError) => void;
  #bounds = boundsOf(UNEXPOSED);
  #open: readonly Open[] = [];
  #isClosed = false;
  readonly #audit: () => Audit | undefined;
  /** Listeners that were replaced. */
  readonly #ending = new Set<Listener>();

  /**
   * @param onBadTls hears of files of a certificate that have changed and cannot be used: those before are still used
   * @param audit gets what is refused; undefined: there is no audit log now
   */
  constructor(
    onBadTls: (error: TlsFilesError) => void = () => {},
    audit: () => Audit | undefined = () => undefined,
  ) {
    this.#onBadTls = onBadTls;
    this.#audit = audit;
  }

  /** `http://127.0.0.1:8080`, as that address is listened on; undefined when it is not. */
  originOf({ host, port }: Address): string | undefined {
    return this.#open.find(({ listener }) => isAt(listener, { host, port }))?.listener.origin;
  }

  /**
   * Opens the addresses of `wanted` that are not open. Until `commit`, everything is as before, except that a port that is
   * listened on by both may be without a listener for an instant.
   *
   * @throws ListenError when one cannot be listened on, TlsFilesError when its certificate cannot be used: everything is as before.
   */
  async prepare(wanted: readonly Served[], bounds: Bounds = UNEXPOSED): Promise<Prepared> {
    const before = this.#open;
    const goOn: [Open, Served][] = [];
    const fresh: Open[] = [];
    const left = new Set<Open>();
    const all = byAddress(wanted);
    const contents = new Map<Served, TlsContents>();
    for (const served of all) if (served.tls) contents.set(served, await readTls(served.tls));
    try {
      for (const served of all) {
        const same = before.find(({ listener }) => isAt(listener, served) && isAsSecure(listener, served));
        if (same) goOn.push([same, served]);
        else {
          const inTheWay = before.filter(
            (one) =>
              one.listener.port === served.port &&
              !all.some((other) => isAt(one.listener, other) && isAsSecure(one.listener, other)),
          );
          for (const one of inTheWay) {
            left.add(one);
            await one.listener.leavePort();
          }
          const next = this.#opened(served, contents.get(served));
          await next.listener.listen();
          fresh.push(next);
        }
      }
    } catch (error) {
      for (const { listener } of fresh) this.#replaced(listener);
      for (const one of left) await this.#listenAgain(one);
      throw error;
    }
    const isKept = (open: Open) => goOn.some(([one]) => one === open);
    return {
      commit: () => {
        // mcp-pipe may have stopped meanwhile.
        if (this.#isClosed) return void Promise.all(fresh.map(({ listener }) => listener.close()));
        this.#bounds = boundsOf(bounds);
        for (const [open, served] of goOn) {
          open.sites = served.sites;
          open.tls = served.tls;
          open.contents = contents.get(served);
          if (open.contents) open.listener.renewTls(open.contents);
        }
        for (const one of before) one.stopFollowing();
        this.#open = [...goOn.map(([open]) => open), ...fresh];
        for (const one of this.#open) this.#follow(one);
        for (const one of before) if (!isKept(one)) this.#replaced(one.listener);
      },
    };
  }

  /** Ends every connection and stops listening. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const one of this.#open) one.stopFollowing();
    const all = [...this.#ending, ...this.#open.map(({ listener }) => listener)];
    await Promise.all(all.map((listener) => listener.close()));
  }

  /** Another listener for an address that was left; its connections go on with the one before. */
  async #listenAgain(before: Open): Promise<void> {
    const { host, wantedPort: port } = before.listener;
    this.#replaced(before.listener);
    before.listener = this.#listenerOf({ host, port, by: before.by }, before);
    await before.listener.listen();
  }

  #opened(served: Served, contents: TlsContents | undefined): Open {
    const { by, sites, tls } = served;
    const open: Omit<Open, 'listener'> = { by, sites, tls, contents, stopFollowing: () => {} };
    return Object.assign(open, { listener: this.#listenerOf(served, open) });
  }

  #listenerOf(
    { host, port, by }: Pick<Served, 'host' | 'port' | 'by'>,
    open: Pick<Open, 'sites' | 'contents'>,
  ): Listener {
    return new Listener(host, port, by, {
      bounds: () => this.#bounds,
      tls: open.contents,
      audit: this.#audit,
      onRequest: (request, response) => answer(open.sites, request, response),
      onUpgrade: (request, socket, head) => upgrade(open.sites, request, socket, head),
    });
  }

  #follow(open: Open): void {
    open.listener.rebound();
    if (!open.tls) return;
    const take = (contents: TlsContents) => {
      open.contents = contents;
      open.listener.renewTls(contents);
    };
    open.stopFollowing = followTls(open.tls, take, this.#onBadTls);
  }

  #replaced(listener: Listener): void {
    this.#ending.add(listener);
    void listener.closeSlowly(REPLACED_WITHIN_MS).finally(() => this.#ending.delete(listener));
  }
}

/** Whether two of them are one to listen on. */
export function isSameAddress(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port;
}

function isAsSecure({ isSecure }: Listener, { tls }: Served): boolean {
  return isSecure === (tls !== undefined);
}

function isAt({ host, wantedPort }: Listener, address: Address): boolean {
  return isSameAddress({ host, port: wantedPort }, address);
}

/** What is served at one address has one listener. */
function byAddress(wanted: readonly Served[]): Served[] {
  const all: Served[] = [];
  for (const served of wanted) {
    const same = all.findIndex((one) => isSameAddress(one, served));
    if (same < 0) all.push(served);
    else {
      const { sites, tls } = all[same]!;
      all[same] = { ...all[same]!, sites: [...sites, ...served.sites], tls: tls ?? served.tls };
    }
  }
  return all;
}

function boundsOf({ trustProxy, maxConnections, maxConnectionsPerAddress }: Bounds): ListenerBounds {
  return {
    ...{ trusted: new Networks(trustProxy), maxConnections },
    mostOfAddress: maxConnectionsPerAddress ?? Math.ceil(maxConnections * GATEWAY.largestPart),
  };
}

function answer(sites: readonly Site[], request: IncomingMessage, response: ServerResponse): void {
  if (!sites.some((site) => site.answer(request, response))) reject(response, NOTHING_HERE);
}

function upgrade(sites: readonly Site[], request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (!sites.some((site) => site.upgrade?.(request, socket, head))) {
    refuseUpgrade(socket, NOTHING_HERE, requestIdOf(request), securityHeaders(request));
  }
}

import { shownAs } from './shown-as.js';

/** An address of this machine to listen on. */
export interface ListenAddress {
  host: string;
  /** 0: any free port. */
  port: number;
}

/** The status page. Pure data. */
export interface UiPlan extends ListenAddress {
  /** Opens the page with every action. Undefined: none is asked for on this machine alone, else one is made and kept. A secret. */
  key: string | undefined;
  /** Opens it without actions. A secret. */
  readKey: string | undefined;
  /** Names, beside its own, under which browsers may address it (`Host`), as behind a proxy; `*` is all. */
  allowedHosts: readonly string[];
}

/** Metrics at `/metrics`. Pure data. */
export interface MetricsPlan extends ListenAddress {
  /** Asked for, as a bearer token, where it is written. A secret. */
  key: string | undefined;
  /** Other machines may read them without a key: written out, or it is refused. */
  insecureNoAuth?: boolean | undefined;
}

/** `--ui` or `--metrics`: with or without an address. */
export type AskedAddress = ListenAddress | true;

/** The same plan, printed without its keys. */
export function withoutKeys<Of extends UiPlan | MetricsPlan>(plan: Of): Of {
  return shownAs(plan, () => {
    const { host, port } = plan;
    return { host, port };
  });
}

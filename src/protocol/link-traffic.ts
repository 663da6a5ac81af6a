/** A request of an endpoint that is not over. Texts are the endpoint's, to be escaped before they are shown. */
export interface OpenCall {
  /** Unique in a run; the same as that of its `FinishedCall`. */
  key: number;
  server: string | undefined;
  method: string;
  tool: string | undefined;
  /** JSON text. */
  id: string;
  requestBytes: number;
  /** When it came, clock time in milliseconds. */
  at: number;
}

/** What goes between a link, or a client, and its endpoint. Reading it costs nothing until then. */
// D219
export interface LinkTraffic {
  /** Bytes of messages, of the endpoint and to it, since it was made. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Calls that are not over, oldest first. */
  openCalls(): OpenCall[];
}

/** The traits of a kind of links, for the code that plans, shows and logs them. */
type LinkTraits =
  /** `alone`: a link has one server. `whenAll`: the endpoint is served by all of them at once. */
  | { serves: 'alone' | 'together' }
  /** One server has the connection at a time, the first one first; the event says which one is next. */
  | { serves: 'in-turn'; handsOver: HandOver['type'] };

/** The kinds of links; modes of the configuration have the same names. */
export const LINK_KINDS = {
  pipe: { serves: 'alone' },
  mux: { serves: 'together' },
  rotate: { serves: 'in-turn', handsOver: 'rotating' },
} as const satisfies Record<string, LinkTraits>;

export type LinkKind = keyof typeof LINK_KINDS;

/** Events that only links of one kind report; see `StatusEvent`. */
export type LinkKindEvent =
  /** The servers of the link take turns, and `to` is the next; `from` is undefined at the start. */
  | {
      type: 'rotating';
      from: string | undefined;
      to: string;
      /** `dwell`: the turn of `from` is over; `failed`: `from` could not be started, or failed. */
      why: 'first' | 'dwell' | 'failed';
      /** How long the switch waited for calls of `from`. */
      busyForMs: number;
      /** Number of these calls that were answered with an error, because they took too long. */
      pendingFailed: number;
      /** `from` is not stopped, because its next turn comes soon. */
      keepsRunning: boolean;
      /** How long the turn of `to` lasts. */
      dwellMs: number;
    }
  /** A server of a rotation could not be started; its turn is skipped. */
  | { type: 'turn-skipped' };

type HandOver = Extract<LinkKindEvent, { to: string }>;

const HAND_OVERS: readonly string[] = Object.values(LINK_KINDS).flatMap((traits) =>
  'handsOver' in traits ? [traits.handsOver] : [],
);

/** Whether `to` has the link's connection from now on. */
export function isHandOver(event: { type: string }): event is HandOver {
  return HAND_OVERS.includes(event.type);
}

export function servesOf(kind: LinkKind): LinkTraits['serves'] {
  return LINK_KINDS[kind].serves;
}

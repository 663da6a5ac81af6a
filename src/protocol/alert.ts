import type { HttpProxy } from './http-proxy.js';

/** What an alert can be about; `on` of the section `alerts` has the same words. Public: programs read them in webhooks. */
export const ALERT_KINDS = [
  /** The link has had no connection for `afterMs`, or has been without one for most of the time. */
  'link-down',
  /** The server cannot be started, or refuses `initialize`, for `afterMs`. */
  'server-down',
  /** The server exits again and again after short lives (D25). */
  'crash-loop',
  /** The server answers neither calls nor a ping, or was ended because of it (D26). */
  'server-hung',
  /** The server took more than its limits allow, and was ended because of it (D342). */
  'server-over-limit',
  /** Another client with the same token keeps replacing the connection (D83). */
  'token-contention',
  /** A login to a remote server ends soon, and only a person can give another. */
  'login-ending',
  /** A call, or a tool whose definition has changed, waits for a person to approve it. */
  'waits-for-person',
] as const;

export type AlertKind = (typeof ALERT_KINDS)[number];

/** How alerts are sent, by the keys of the section `alerts`, with the names that every language writes alike. */
export const CHANNEL_NAMES = {
  telegram: 'Telegram',
  slack: 'Slack',
  discord: 'Discord',
  webhook: 'webhook',
} as const;

export type AlertChannelKind = keyof typeof CHANNEL_NAMES;

/** Where alerts are sent, with its secrets: print only `kind` and `host`. */
export type AlertChannel = {
  /** Host and port of the address, which hold no secret. */
  host: string;
  /** The proxy on the way; undefined: none. */
  proxy?: HttpProxy | undefined;
} & (
  | {
      kind: 'telegram';
      /** The Bot API without a slash at its end: `https://api.telegram.org`. */
      apiUrl: string;
      botToken: string;
      /** `-1001234567890`, or `@name` of a public channel. */
      chatId: string;
      /** The topic of a group. */
      threadId?: number | undefined;
    }
  | { kind: 'slack' | 'discord'; url: string }
  | {
      kind: 'webhook';
      url: string;
      headers: Readonly<Record<string, string>>;
      /** Signs each request. */
      secret?: string | undefined;
    }
);

/** The section `alerts`, with every option decided. */
export interface AlertsPlan {
  /** At most one of each kind. */
  channels: readonly AlertChannel[];
  /** How long a link or server has to be down, in milliseconds. */
  afterMs: number;
  /** What is reported. */
  on: readonly AlertKind[];
  /** Language of the texts; undefined: that of mcp-pipe. */
  lang?: 'en' | 'vi' | undefined;
  /** Name of the machine or configuration in each text; undefined: the name of the host. */
  name?: string | undefined;
}

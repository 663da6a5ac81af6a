/** What the log and the audit are told of the authorization server. Names of clients are what clients call themselves. */
export type OAuthEvent =
  /** A client has registered itself. */
  | { type: 'registered'; client: string; hosts: readonly string[]; address: string }
  /** A person has let a client in with a key; `host`: where the person was sent back to. */
  | { type: 'let-in'; client: string; key: string; host: string; address: string }
  /** A wrong key was entered. */
  | { type: 'wrong-key'; client: string; host: string; address: string }
  /** Its file cannot be written: clients have to be let in again after a restart. */
  | { type: 'unkept'; file: string; message: string }
  /** An error of the program. */
  | { type: 'fault'; message: string };

export type OnOAuth = (event: OAuthEvent) => void;

import type { Lang } from './index.js';
import { ownErrors, type ReplyDetails } from './vi/own-errors.js';

/** An error reply to a request for a server's tools. */
export interface AskReply {
  code: number;
  message: string;
  data?: unknown;
}

/** The text of an error reply for a person. A server's own error, and every error in English, keeps its text. */
export function formatReply(server: string, { code, message, data }: AskReply, lang: Lang): string {
  if (lang === 'en') return message;
  return ownErrors[code]?.(server, (data ?? {}) as ReplyDetails) ?? message;
}

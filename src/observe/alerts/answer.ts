import { excerpt } from '../../messages/human.js';
import type { Messages } from '../../messages/index.js';
import type { AlertChannel, AlertChannelKind } from '../../protocol/alert.js';
import { Redactor } from '../redact.js';

/** What a service answered. */
export interface HttpAnswer {
  status: number;
  /** `Retry-After` (RFC 9110 §10.2.3) in milliseconds; undefined when there is none. */
  retryAfterMs: number | undefined;
  /** The beginning of the body. */
  body: string;
}

/** Characters of a service's own text. */
const SAID_LENGTH = 120;
/** Characters of the id of a chat; those of today have at most 16. */
const CHAT_ID_LENGTH = 40;

export type RefusalId = keyof Messages['notices']['refusals'];

/** Why a message is not accepted, with what its words need. */
export interface Refusal {
  id: RefusalId;
  params: { channel: AlertChannelKind; status: number; chatId: string; said: string };
}

/** What becomes of a message after an answer. */
export type Outcome =
  | { is: 'delivered' }
  /** To be sent again, not before `afterMs`; undefined: the service names no time. */
  | { is: 'busy'; afterMs: number | undefined }
  | { is: 'refused'; refusal: Refusal };

/** Reads the answer of a service. Pure. */
export function outcomeOf(channel: AlertChannel, answer: HttpAnswer): Outcome {
  const { kind } = channel;
  const { status, body } = answer;
  if (status >= 200 && status < 300) return { is: 'delivered' };
  if (status === 429 || status === 408 || status === 425 || status >= 500)
    return { is: 'busy', afterMs: pauseOf(answer) };
  const { description, parameters } = jsonOf(body);
  // Before it is cut: half a secret is not found any more.
  const redactor = new Redactor(channel.kind === 'telegram' ? [channel.botToken] : []);
  const textOf = (value: unknown, length: number) => excerpt(redactor.redact(String(value)), length);
  const said = typeof description === 'string' ? textOf(description, SAID_LENGTH) : '';
  const refused = (id: RefusalId, chatId = ''): Outcome => ({
    is: 'refused',
    refusal: { id, params: { channel: kind, status, chatId, said } },
  });
  if (status >= 300 && status < 400) return refused('receiver-moved');
  if (kind === 'telegram') {
    const moved = recordOf(parameters).migrate_to_chat_id;
    if (typeof moved === 'number' || typeof moved === 'string')
      return refused('telegram-moved', textOf(moved, CHAT_ID_LENGTH));
    if (status === 401 || status === 404) return refused('telegram-token');
    if (status === 403) return refused('telegram-blocked');
    return refused(
      /chat not found|peer_id|user not found/i.test(said) ? 'telegram-chat' : 'telegram-refused',
    );
  }
  if (kind !== 'webhook') {
    if ([401, 403, 404, 410].includes(status)) return refused('webhook-gone');
  } else if (status === 401 || status === 403) return refused('receiver-login');
  return refused('refused');
}

/** How long the service asks us to stay away, in milliseconds. */
function pauseOf({ retryAfterMs, body }: HttpAnswer): number | undefined {
  const said = jsonOf(body);
  // Telegram: parameters.retry_after; Discord: retry_after, with a fraction. Both are seconds.
  const seconds = recordOf(said.parameters).retry_after ?? said.retry_after;
  return typeof seconds === 'number' && seconds >= 0 ? seconds * 1_000 : retryAfterMs;
}

function jsonOf(body: string): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(body));
  } catch {
    return {};
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

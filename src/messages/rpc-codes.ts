import { rpcCodes as en } from './en/rpc-codes.js';
import type { Lang } from './index.js';
import { RPC_CODES, type RpcCodeName, type RpcCodeText, type RpcCodeWords } from './rpc-code-names.js';
import { rpcCodes as vi } from './vi/rpc-codes.js';

const WORDS: Readonly<Record<Lang, RpcCodeWords>> = { en, vi };

/** What a code of a JSON-RPC error means; undefined for a code that is not explained. */
export function rpcCodeWords(code: number, lang: Lang): RpcCodeText | undefined {
  const found = Object.entries<number>(RPC_CODES).find(([, known]) => known === code);
  return found && WORDS[lang][found[0] as RpcCodeName];
}

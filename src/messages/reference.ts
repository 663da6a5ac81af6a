import type { CodeText, CodeWords } from './code-names.js';
import { codeWords as en } from './en/code-words.js';
import type { Lang } from './index.js';
import { RPC_CODES } from './rpc-code-names.js';
import { rpcCodeWords } from './rpc-codes.js';
import { codeWords as vi } from './vi/code-words.js';

const WORDS: Readonly<Record<Lang, CodeWords>> = { en, vi };

/** The words of docs/messages.md in one language. */
export function referenceWords(lang: Lang): CodeWords {
  return WORDS[lang];
}

/**
 * What a code means, and what to do about it: `LAUNCH_FAILED`, `-31001`. Undefined for a code that has no words here: a
 * finding, a cause or an event says both in its text.
 */
export function messageReference(code: string, lang: Lang): CodeText | undefined {
  const { errorCodes } = WORDS[lang];
  if (Object.hasOwn(errorCodes, code)) return errorCodes[code as keyof typeof errorCodes];
  return Object.values<number>(RPC_CODES).includes(Number(code))
    ? rpcCodeWords(Number(code), lang)
    : undefined;
}

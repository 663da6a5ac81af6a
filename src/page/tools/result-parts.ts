import { membersOf } from './unknown.js';

/** The parts of a tool's answer, text first, as far as a page may show them. */
export type ResultPart =
  | { kind: 'text'; text: string }
  | { kind: 'image'; type: string; src: string; bytes: number }
  | { kind: 'reference'; name: string; uri: string }
  /** Sound, files and whatever else a page does not show. */
  | { kind: 'other'; type: string; bytes: number };

export interface Result {
  parts: readonly ResultPart[];
  /** The tool says that it failed. */
  isError: boolean;
}

/** A larger image would stop a phone. */
const MOST_IMAGE_BYTES = 8 * 1024 * 1024;
/** Three bytes are four letters. */
const BYTES_PER_LETTER = 0.75;

const IMAGE = /^image\/[a-z0-9][a-z0-9.+-]*$/i;
const BASE64 = /^[a-z0-9+/]*={0,2}$/i;

export function resultOf(answer: unknown): Result {
  const { content, structuredContent, isError } = membersOf(answer);
  const items: unknown[] = Array.isArray(content) ? content : [];
  const parts = items.map(partOf);
  const hasText = parts.some(({ kind }) => kind === 'text');
  // By the protocol the text says the same once more.
  if (!hasText && structuredContent !== undefined)
    parts.unshift({ kind: 'text', text: json(structuredContent) });
  // An answer that is none by the protocol is shown as it is.
  if (!Array.isArray(content) && structuredContent === undefined && answer !== undefined) {
    parts.push({ kind: 'text', text: json(answer) });
  }
  const rank = ({ kind }: ResultPart) => (kind === 'text' ? 0 : 1);
  return { parts: parts.sort((one, other) => rank(one) - rank(other)), isError: isError === true };
}

function partOf(item: unknown): ResultPart {
  const { type, text, data, mimeType, resource, name, uri } = membersOf(item);
  if (type === 'text' && typeof text === 'string') return { kind: 'text', text };
  if (type === 'image' || type === 'audio') return dataPart(mimeType, data);
  if (type === 'resource_link')
    return { kind: 'reference', name: String(name ?? ''), uri: String(uri ?? '') };
  if (type === 'resource') {
    const inner = membersOf(resource);
    if (typeof inner.text === 'string') return { kind: 'text', text: inner.text };
    if (typeof inner.blob === 'string') return dataPart(inner.mimeType, inner.blob);
  }
  return { kind: 'text', text: json(item) };
}

function dataPart(mimeType: unknown, data: unknown): ResultPart {
  const type = typeof mimeType === 'string' ? mimeType : '?';
  const letters = typeof data === 'string' ? data.replace(/\s/g, '') : '';
  const bytes = Math.floor(letters.length * BYTES_PER_LETTER);
  const isImage = IMAGE.test(type) && letters !== '' && bytes <= MOST_IMAGE_BYTES && BASE64.test(letters);
  return isImage
    ? { kind: 'image', type, src: `data:${type};base64,${letters}`, bytes }
    : { kind: 'other', type, bytes };
}

/** Nested deeper than the browser can write, it is said to be so. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2) ?? '';
  } catch {
    return '…';
  }
}

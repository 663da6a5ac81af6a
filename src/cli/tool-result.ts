import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { texts } from '../messages/commands/call.js';
import { escapeControls, formatBytes } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { makeFolder } from '../process/make-folder.js';
import { isObject } from './tool-schema.js';

interface Shown {
  lines: string[];
  isError: boolean;
}

/** Prints the result of `tools/call` for people; with `out`, content that is no text is saved there. */
export function showResult(result: unknown, tool: string, out: string | undefined, lang: Lang): Shown {
  const { content, structuredContent, isError } = isObject(result) ? result : {};
  const items = Array.isArray(content) ? content.filter(isObject) : [];
  const save = saver(tool, out, lang);
  const lines = items.map((item) => (item.type === 'text' ? String(item.text) : about(item, save, lang)));
  const hasText = items.some(({ type }) => type === 'text');
  if (!hasText && structuredContent !== undefined) {
    lines.push(JSON.stringify(structuredContent, null, 2));
  }
  return { lines, isError: isError === true };
}

type Save = (bytes: Buffer, mimeType: string) => string;

function about(item: Record<string, unknown>, save: Save, lang: Lang): string {
  const { content: words } = texts[lang];
  const { numbers } = messagesFor(lang);
  if (item.type === 'image' || item.type === 'audio') {
    const mimeType = String(item.mimeType ?? words.unknown);
    const bytes = Buffer.from(String(item.data ?? ''), 'base64');
    return `[${words[item.type]} ${escapeControls(mimeType)}, ${formatBytes(bytes.length, numbers)}${save(bytes, mimeType)}]`;
  }
  if (item.type === 'resource' && isObject(item.resource)) {
    const { uri, mimeType: given, text, blob } = item.resource;
    const mimeType = String(given ?? (text === undefined ? 'application/octet-stream' : 'text/plain'));
    const bytes = text === undefined ? Buffer.from(String(blob ?? ''), 'base64') : Buffer.from(String(text));
    return `[${words.resource} ${escapeControls(String(uri))}, ${escapeControls(mimeType)}, ${formatBytes(bytes.length, numbers)}${save(bytes, mimeType)}]`;
  }
  if (item.type === 'resource_link') return `[${words.link} ${escapeControls(String(item.uri))}]`;
  return `[${escapeControls(String(item.type))}]`;
}

function saver(tool: string, out: string | undefined, lang: Lang): Save {
  if (out === undefined) return () => '';
  let count = 0;
  makeFolder(out);
  return (bytes, mimeType) => {
    for (;;) {
      const file = join(out, `${tool.replace(/[^\w.-]/g, '_')}-${++count}.${extension(mimeType)}`);
      try {
        // An existing file is not overwritten.
        writeFileSync(file, bytes, { flag: 'wx' });
        return texts[lang].savedAs({ file });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  };
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  jpeg: 'jpg',
  'svg+xml': 'svg',
  plain: 'txt',
  mpeg: 'mp3',
  'octet-stream': 'bin',
  markdown: 'md',
};

function extension(mimeType: string): string {
  const subtype = mimeType.split(';')[0]!.split('/')[1]?.trim() ?? '';
  return EXTENSIONS[subtype] ?? (subtype.replace(/^x-/, '').match(/^[\w-]{1,12}$/)?.[0] || 'bin');
}

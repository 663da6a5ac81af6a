import type { Saving } from '../../daemon/footprint-file.js';
import { texts } from '../../messages/commands/memory.js';
import { escapeControls } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';

/** What the lock saves, in one line; empty when nothing was measured both ways. */
export function savedLines(savings: Readonly<Record<string, Saving>>, lang: Lang): string[] {
  const servers = Object.keys(savings);
  if (servers.length === 0) return [];
  const sum = (of: 'memory' | 'start') => ({
    before: Object.values(savings).reduce((all, saving) => all + saving[of].before, 0),
    after: Object.values(savings).reduce((all, saving) => all + saving[of].after, 0),
  });
  return [escapeControls(texts[lang].saved({ servers, memory: sum('memory'), start: sum('start') }))];
}

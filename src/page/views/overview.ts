import type { Kid } from '../dom.js';
import { verdict } from '../pieces.js';
import { page } from '../state.js';
import { w } from '../words.js';

export function overview(): Kid {
  const { snapshot } = page.feed;
  if (snapshot === undefined) return verdict('unknown', w.opening);
  return verdict(snapshot.verdict.class, snapshot.verdict.text);
}

import { num } from '../format.js';

/** `98 %`, of 0 to 1; `99.9 %` and not `100 %` while anything is missing, `0.1 %` and not `0 %` while there is some. */
export function percent(part: number): string {
  const exact = part * 100;
  const rounded = Math.round(exact);
  const isEdge = (rounded === 100 && part < 1) || (rounded === 0 && part > 0);
  return `${isEdge ? num(Math.min(99.9, Math.max(0.1, exact)), 1) : num(rounded)}\u00a0%`;
}

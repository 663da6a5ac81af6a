import { keepChoice, kept } from './kept.js';

/** Light or dark as chosen on this device, else as the system is. */
export function applyTheme(): void {
  const theme = kept('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

export function swapTheme(): void {
  const isDark = getComputedStyle(document.documentElement).colorScheme === 'dark';
  keepChoice('theme', isDark ? 'light' : 'dark');
  applyTheme();
}

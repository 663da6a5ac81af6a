import { chooseLang } from '../choose-lang.js';
import { E, type Kid } from '../dom.js';
import { keepChoice, kept } from '../kept.js';
import { logout } from '../login.js';
import { verdict } from '../pieces.js';
import { isBlind, page, redraw } from '../state.js';
import { applyTheme } from '../theme.js';
import { lang, w } from '../words.js';

/** What this device keeps: key, language, theme, single keys. */
export function settingsView(): Kid {
  const words = w.settingsPage;
  return E(
    'div.narrow',
    {},
    verdict(undefined, w.tabs.settings, words.about),
    E(
      'ul.card.steps.settings',
      {},
      line(words.key, keyText(), kept('key') !== undefined && button(words.forget, logout, isBlind())),
      line(words.language, words.languageAbout, choice(words.language, lang, words.languages, chooseLang)),
      line(
        words.theme,
        undefined,
        choice(words.theme, themeNow(), words.themes, (next) => {
          keepChoice('theme', next === 'system' ? undefined : next);
          applyTheme();
          redraw();
        }),
      ),
      line(words.shortcuts, shortcutTexts(), [
        button(areShortcutsOn() ? words.turnOff : words.turnOn, () => {
          keepChoice('shortcuts', areShortcutsOn() ? 'off' : undefined);
          redraw();
        }),
      ]),
    ),
  );
}

/** Whether single keys do something: people who speak to their computer turn them off. */
export function areShortcutsOn(): boolean {
  return kept('shortcuts') !== 'off';
}

function keyText(): string {
  const fingerprint = kept('key');
  const canWrite = page.feed.snapshot?.canWrite ?? false;
  if (fingerprint === undefined) return canWrite ? w.settingsPage.noKey : w.readOnly;
  return w.settingsPage.keyInUse({ fingerprint: `#${fingerprint}`, canWrite });
}

function themeNow(): 'system' | 'light' | 'dark' {
  const theme = kept('theme');
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function shortcutTexts(): Kid {
  const { keys, shortcutsAbout } = w.settingsPage;
  const all = [
    ['/', keys.find],
    ['n', keys.next],
    ['?', keys.all],
    ['Esc', keys.close],
  ] as const;
  return [
    shortcutsAbout,
    E(
      'span.keys',
      {},
      all.map(([key, does]) => E('span', {}, E('kbd', {}, key), ` ${does}`)),
    ),
  ];
}

function line(heading: string, about: Kid, control: Kid): Kid {
  return E(
    'li.rest',
    {},
    E('div', {}, E('h2', {}, heading), E('p.words', {}, about)),
    E('div.control', {}, control),
  );
}

function button(label: string, onclick: () => void, disabled = false): Kid {
  return E('button.button', { disabled, onclick }, label);
}

function choice<Value extends string>(
  label: string,
  chosen: Value,
  values: Readonly<Record<Value, string>>,
  choose: (value: Value) => void,
): Kid {
  return E(
    'div.segments',
    { role: 'group', 'aria-label': label },
    (Object.keys(values) as Value[]).map((value) =>
      E(
        'button',
        {
          key: value,
          lang: value === 'vi' || value === 'en' ? value : undefined,
          'aria-pressed': String(value === chosen),
          onclick: () => choose(value),
        },
        values[value],
      ),
    ),
  );
}

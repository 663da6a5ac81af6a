import axe from 'axe-core';
import type { Page } from 'playwright-core';

/*
 * What is asked of a page in every state. The functions run inside of it, as text: these sources have no types of a browser.
 */

/** WCAG 2.0 to 2.2, A and AA, and what axe calls best practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** What axe finds, a line for each element: rule, impact, element, what is wrong. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe.source);
  const asked = { runOnly: TAGS, resultTypes: ['violations'], reporter: 'v1' };
  const found = (await page.evaluate(`(async () => {
    // Lines that cross a text would be taken for its background.
    const wires = document.querySelectorAll('.wires');
    for (const one of wires) one.classList.add('axe-hidden');
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('.axe-hidden { visibility: hidden !important }');
    document.adoptedStyleSheets.push(sheet);
    const { violations } = await axe.run(document, ${JSON.stringify(asked)});
    for (const one of wires) one.classList.remove('axe-hidden');
    return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes }));
  })()`)) as Violation[];
  return found.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${impact}): ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Elements that make the page scroll sideways; empty when it does not. */
export async function sideways(page: Page): Promise<string[]> {
  return (await page.evaluate(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const out = [];
    for (const el of document.body.querySelectorAll('*')) {
      const { right, width } = el.getBoundingClientRect();
      if (width > 0 && right > clientWidth + 0.5) out.push(el.tagName.toLowerCase() + '.' + el.getAttribute('class') + ' ends at ' + Math.round(right));
    }
    return ['the page is ' + scrollWidth + ' px wide in ' + clientWidth, ...out.slice(-6)];
  })()`)) as string[];
}

/** What can be clicked or typed into, is seen, and is no link within a sentence (WCAG 2.2, 2.5.8 "Inline"). */
const CONTROLS = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=button]')]
  .filter((el) => !el.disabled && el.checkVisibility({ checkVisibilityCSS: true }) && el.getClientRects().length > 0)`;

/** Controls whose area for a finger is less than \`least\` px high or wide: what a hit in it reaches counts, not what is drawn. */
export async function smallTargets(page: Page, least: number): Promise<string[]> {
  return (await page.evaluate(`(() => {
    const inSentence = (el) => getComputedStyle(el).display === 'inline'
      && [...el.parentNode.childNodes].some((one) => one.nodeType === 3 && one.data.trim().length > 1);
    const isOf = (el, hit) => hit && (el.contains(hit) || hit.closest('label')?.control === el);
    const boxOf = (el) => {
      const around = el.closest('label');
      return (around?.control === el ? around : el).getBoundingClientRect();
    };
    const small = [];
    for (const el of ${CONTROLS}) {
      if (inSentence(el) || el.classList.contains('skip')) continue;
      el.scrollIntoView({ block: 'center', inline: 'center' });
      const box = el.getBoundingClientRect();
      const x = box.left + box.width / 2, y = box.top + Math.min(box.height, 20) / 2;
      const reach = (dx, dy) => {
        let n = 0;
        while (n < ${least} + 8 && isOf(el, document.elementFromPoint(x + dx * (n + 1), y + dy * (n + 1)))) n++;
        return n;
      };
      const width = Math.max(boxOf(el).width, reach(-1, 0) + reach(1, 0) + 1);
      const height = Math.max(boxOf(el).height, reach(0, -1) + reach(0, 1) + 1);
      if (width < ${least} - 0.5 || height < ${least} - 0.5)
        small.push(el.tagName.toLowerCase() + '.' + el.getAttribute('class') + ' "' + (el.getAttribute('aria-label') ?? el.textContent).trim().slice(0, 40) + '" ' + Math.round(width) + ' x ' + Math.round(height));
    }
    scrollTo(0, 0);
    return small;
  })()`)) as string[];
}

/** How the element that has the focus can be told: tag, id or text, and whether the focus is seen. */
export interface Focused {
  what: string;
  /** It has an outline, or something else is drawn around it. */
  isSeen: boolean;
}

/** Presses Tab from the top of the page until the focus leaves it. */
export async function tabThrough(page: Page, most = 400): Promise<Focused[]> {
  await page.evaluate(`(() => {
    document.activeElement?.blur?.();
    scrollTo(0, 0);
    getSelection().removeAllRanges();
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  })()`);
  const walked: Focused[] = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const focused = (await page.evaluate(FOCUSED)) as Focused | null;
    if (focused === null) return walked;
    walked.push(focused);
  }
  throw new Error(`the focus did not leave the page within ${most} presses of Tab`);
}

const NAME = `(el) => el.tagName.toLowerCase() + (el.id ? '#' + el.id : '') + ' "' + (el.getAttribute('aria-label') ?? el.textContent).trim().replace(/\\s+/g, ' ').slice(0, 60) + '"'`;

const FOCUSED = `(() => {
  const el = document.activeElement;
  if (!el || el === document.body || el === document.documentElement) return null;
  const drawn = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = one;
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
  };
  const isSeen = [getComputedStyle(el), getComputedStyle(el, '::after'), getComputedStyle(el.parentElement)].some(drawn);
  return { what: (${NAME})(el), isSeen };
})()`;

/** Controls in the order of the document, named as \`tabThrough\` names them; those that Tab must reach. */
export async function controls(page: Page): Promise<string[]> {
  return (await page.evaluate(
    `${CONTROLS}.filter((el) => el.tabIndex >= 0 && !el.closest('[inert]')).map(${NAME})`,
  )) as string[];
}

/** Everything of a page in which a secret could stay: its elements and what fields hold, address, title, storages, readable cookies. */
export async function everythingKept(page: Page): Promise<string> {
  const inside = (await page.evaluate(`JSON.stringify([
    document.documentElement.outerHTML,
    [...document.querySelectorAll('input, textarea, select')].map((one) => one.value),
    location.href, document.title, document.cookie, history.state,
    Object.entries(localStorage), Object.entries(sessionStorage),
  ])`)) as string;
  return inside;
}

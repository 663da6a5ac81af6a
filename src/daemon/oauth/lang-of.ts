import { LANGS, type Lang } from '../../messages/index.js';

/** The language that a browser prefers among those that there are (RFC 9110 §12.5.4); `otherwise` when it names none. Pure. */
export function langOf(accepted: string | undefined, otherwise: Lang): Lang {
  const wanted = (accepted ?? '')
    .slice(0, 500)
    .split(',')
    .map((one) => {
      const [tag = '', ...parameters] = one
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const [, q = '1'] = /^q=([\d.]+)$/.exec(parameters[0] ?? '') ?? [];
      return { lang: LANGS.find((lang) => tag === lang || tag.startsWith(`${lang}-`)), q: Number(q) };
    })
    .filter(({ lang, q }) => lang !== undefined && q > 0)
    .sort((a, b) => b.q - a.q);
  return wanted[0]?.lang ?? otherwise;
}

const TRACES = 'v1/traces';

/** The address for traces of a collector; undefined for a text that is none. Pure. */
export function otlpUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isWeb || url.username !== '' || url.password !== '') return undefined;
  if (!url.pathname.endsWith(`/${TRACES}`)) url.pathname = `${url.pathname.replace(/\/$/, '')}/${TRACES}`;
  return url.href;
}

const COVERS = new Set(['.env', '/.env', '**/.env', '.env*', '/.env*', '*.env', '**/.env*', '.*']);

/** Whether a `.gitignore` with this text, in the folder of `.env` (`isSameFolder`) or above it, makes git ignore `.env`. */
export function ignoresEnv(text: string, isSameFolder: boolean): boolean {
  let ignored = false;
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    const isNegated = line.startsWith('!');
    const pattern = isNegated ? line.slice(1) : line;
    if (COVERS.has(pattern) && (isSameFolder || !pattern.startsWith('/'))) ignored = !isNegated;
  }
  return ignored;
}

/** Appends `.env` to the text. */
export function withEnvIgnored(text: string): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return `${text}${text === '' || text.endsWith('\n') ? '' : eol}.env${eol}`;
}

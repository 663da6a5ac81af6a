/** The folder of the package: two folders up, both from here and from the bundle. */
export const packageRoot = new URL('../../', import.meta.url);

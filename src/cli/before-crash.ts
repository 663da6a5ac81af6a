/** What is told of an error that ends the process, before it ends. Each returns within seconds and never rejects. */
export const beforeCrash = new Set<(error: unknown) => Promise<void>>();

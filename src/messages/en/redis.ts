/** What machines share over Redis, beside leases. */
export const redis = {
  alone: ({ url, reason }: { url: string; reason: string }) =>
    `Rates are counted on this machine alone, and what is approved here holds here, until ${url} answers within 250 ms again (${reason}). No call waits for it.`,
  shared: ({ url }: { url: string }) =>
    `Rates and approved tools are those of all machines again, by ${url}.`,
};

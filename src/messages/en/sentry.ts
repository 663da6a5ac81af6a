/** What the log says of reports to Sentry, or what speaks as it does. */
export const sentry = {
  reporting: ({ host, environment }: { host: string; environment: string }) =>
    `Crashes, errors of the log and failing links are reported to ${host} (environment "${environment}").`,
  test: 'A test of mcp-pipe: its errors are reported here.',
  noMore: 'Nothing is reported to Sentry any more.',
  undelivered: ({ why }: { why: string }) =>
    `Reports to Sentry do not arrive; the latest are kept for later. Servers and links go on. ${why}`,
  again: ({ host }: { host: string }) => `Reports arrive at ${host} again.`,
  wrongDsn: ({ host, status }: { host: string; status: number }) =>
    `${host} does not accept the DSN (HTTP ${status}), so nothing is reported. Copy the whole DSN once more: in Sentry from Settings, Projects, your project, Client Keys (DSN); in GlitchTip from the settings of the project. Write it where "sentry" comes from, then: mcp-pipe reload`,
  refused: ({ host, status }: { host: string; status: number }) =>
    `${host} does not take a report (HTTP ${status}), which is dropped. Check that the DSN leads to Sentry or GlitchTip, and look into its log.`,
};

/** Cookies of the page that asks for a key. The first is the library's session: it is neither sent nor read. */
export const COOKIES = {
  session: 'mcp_pipe_no_session',
  interaction: 'mcp_pipe_consent',
  resume: 'mcp_pipe_resume',
} as const;

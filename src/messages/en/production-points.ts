/**
 * The points of `mcp-pipe check --production`. Each has its title, and one sentence for each thing that can be found: what
 * shows that it holds, or what to do.
 */
export const points = {
  authentication: {
    title: 'Clients have to log in',
    asked: 'The gateway asks for a key or a token.',
    noGateway: 'Nothing listens for clients.',
    open: 'The gateway takes everyone. Make a key for each client: mcp-pipe key add NAME',
  },
  rateLimits: {
    title: 'Calls are limited',
    limited: 'The gateway limits the calls of a client.',
    noGateway: 'Nothing listens for clients; the endpoint limits its own calls.',
    unlimited: 'One client may take all there is. Write "rate": "100/m" into "gateway".',
  },
  inputValidation: {
    title: 'What comes in is checked',
    checked: 'Arguments are checked against the schema of each tool; messages and their sizes always are.',
    messagesOnly:
      'Messages and their sizes are checked, arguments are left to the servers. Write "checkArguments": true into each server.',
  },
  securityHeaders: {
    title: 'Security headers',
    sent: 'Every response of the gateway and of the page has them.',
    noGateway: 'Nothing listens for clients.',
  },
  nonRoot: {
    title: 'Runs without root',
    user: 'It runs as an ordinary user.',
    root: 'It runs as root. Take "user: root" out of the compose file: the image of mcp-pipe has a user of its own. With another image, write "user: 1001:1001". Outside a container: start it as another user.',
    otherImage:
      'The image is not that of mcp-pipe: its user is not seen, and most have root. Write "user: 1001:1001" into the compose file.',
  },
  secrets: {
    title: 'Secrets are kept apart',
    apart: 'No secret is found in the configuration or in a file that others can read.',
    found: 'A secret is where others may read it: see the warnings of mcp-pipe check.',
  },
  encryption: {
    title: 'Clients reach it by TLS alone',
    tls: 'The address of the gateway is https.',
    local: 'Only this machine reaches the gateway.',
    noGateway: 'Nothing listens for clients.',
    plain:
      'Keys travel in plain text. Put nginx in front and write "publicUrl": "https://…" into "gateway", or give it a certificate ("tls").',
  },
  notExposed: {
    title: 'Nothing but the front is published',
    inside: 'No port of mcp-pipe is published to other machines.',
    local: 'It listens for this machine alone.',
    published:
      'A port of mcp-pipe itself is published to other machines. Publish 80 and 443 of nginx alone ("ports:" of the compose file).',
    noCompose:
      'Without a compose file it cannot be seen whether a firewall is before it. Name the file: --compose FILE',
  },
  healthChecks: {
    title: 'Health checks are on',
    on: 'Each container of mcp-pipe has one.',
    off: 'A container has none, or it is switched off. Take "disable" out of the compose file, or write there: healthcheck: { test: ["CMD", "mcp-pipe", "health"] }',
    answered: 'mcp-pipe runs here and answers mcp-pipe health.',
    noCompose: 'Neither a compose file nor a running mcp-pipe is seen. Name the file: --compose FILE',
  },
  metrics: {
    title: 'Metrics',
    served: 'Prometheus can read /metrics.',
    off: 'Write "metrics": true into mcp_config.json.',
  },
  dashboards: {
    title: 'Something to look at',
    grafana: 'Grafana stands beside it, with the dashboards of deploy/compose/grafana.',
    page: 'It has a status page.',
    none: 'Write "ui": true into mcp_config.json for the status page; deploy/compose has Grafana.',
  },
  structuredLog: {
    title: 'The log is JSON',
    json: 'The log is one JSON object a line wherever it is not a terminal.',
    pretty: 'MCP_PIPE_LOG_FORMAT=pretty makes a log for people. Take it out.',
  },
  errorTracking: {
    title: 'A person hears of failures',
    alerts: 'Alerts are sent ("alerts").',
    sentry: 'Errors are reported ("sentry").',
    alertmanager: 'Alertmanager stands beside it.',
    none: 'Nobody is told when a link is down. Write "alerts" into mcp_config.json (docs/alerts.md), or use Alertmanager of deploy/compose.',
  },
  requestLog: {
    title: 'Calls are logged',
    audit: 'The audit log is on.',
    off: 'Write "audit": true into mcp_config.json.',
  },
  resourceLimits: {
    title: 'Memory and processors are limited',
    limited: 'Each container of mcp-pipe has limits.',
    cgroup: 'The memory of this process is limited by the system.',
    unlimited: 'A server that grows takes the whole machine. Write mem_limit and cpus into the compose file.',
    noCompose: 'No limit of this process is seen. Name the compose file: --compose FILE',
  },
  caching: {
    title: 'What can be kept is kept',
    always:
      'Introductions and lists of servers are kept. Results of tools never are: an old answer would be a wrong one.',
  },
  connectionReuse: {
    title: 'Connections are used again',
    always: 'A server has one process or session for all its calls, a link one socket.',
  },
  autoScaling: {
    title: 'More machines when needed',
    leases:
      'Machines share leases and limits by Redis: another one needs nothing but the same configuration.',
    oneMachine: 'One machine has nothing to scale to. docs/clustering.md says what comes after it.',
  },
  loadBalancing: {
    title: 'Load is shared',
    replicas: 'nginx shares clients among replicas of the gateway.',
    noGateway: 'No client connects to it.',
    one: 'One process carries all clients. deploy/compose has two behind nginx.',
    noCompose: 'No compose file with mcp-pipe is seen. Name it: --compose FILE',
  },
  concurrency: {
    title: 'Calls do not wait for each other',
    always: 'Calls of all clients run side by side.',
  },
  gracefulShutdown: {
    title: 'It ends without losing calls',
    time: 'At the end, calls in flight are answered first.',
    short:
      'The container is killed before calls are answered. Write "stop_grace_period: 30s" into the compose file.',
  },
  retries: {
    title: 'It tries again',
    always: 'Links and servers are tried again with growing waits.',
  },
  breaker: {
    title: 'A server that fails is left alone',
    each: 'Each server has a breaker.',
    lacking: 'Write "calls": { "breaker": true } into each server.',
  },
  errorHandling: {
    title: 'Errors say what to do, and no more',
    always: 'Each error has a code, a next step and a request id, and never a stack.',
  },
  backups: {
    title: 'There is a backup',
    fresh: 'The newest backup is at most a week old.',
    old: 'The newest backup is more than a week old. Run deploy/scripts/backup.sh every day.',
    none: 'No backup is found. Run deploy/scripts/backup.sh every day.',
    noCompose: 'Backups lie beside the compose file. Name it: --compose FILE',
  },
  restarts: {
    title: 'It is started again',
    policy: 'The containers have a restart policy.',
    service: 'It is a service of the system (mcp-pipe service).',
    none: 'Write "restart: unless-stopped" into the compose file.',
    noCompose:
      'No compose file with mcp-pipe is seen. Name it (--compose FILE), or install a service, which starts it again: mcp-pipe service install',
  },
  stagedImage: {
    title: 'The image has what runs, and no more',
    stages: 'It is built in stages.',
    own: 'It is the image of mcp-pipe, which is built in stages.',
    single:
      'The Dockerfile has one stage: tools of the build are in the image. Use the image of mcp-pipe, or a second FROM.',
    noCompose: 'No compose file with mcp-pipe is seen. Name it: --compose FILE',
  },
  reverseProxy: {
    title: 'A proxy stands in front',
    proxy: 'A proxy stands in front of the gateway.',
    noGateway: 'Nothing listens for clients.',
    none: 'Put nginx in front: deploy/compose/nginx. Then write "trustProxy" and "publicUrl" into "gateway".',
  },
  certificates: {
    title: 'Certificates are in place',
    published: 'Port 443 is published by the proxy.',
    own: 'The gateway has a certificate of its own.',
    noGateway: 'Nothing listens for clients.',
    none: 'No port 443 is published. See docs/vps.md.',
  },
  pipeline: {
    title: 'Built and tested by a pipeline',
    released: 'The image is a released one: built, tested, scanned and signed before.',
    own: 'There is a pipeline of your own.',
    none: 'It is no released image, and nothing shows that what runs was tested. Use one (IMAGE in .env.production), or a pipeline such as .github/workflows.',
    noCompose: 'No compose file with mcp-pipe is seen. Name it: --compose FILE',
  },
  versions: {
    title: 'The version is written out',
    fixed: 'Each image has a version.',
    floating: 'An image has no version, or "latest": tomorrow it is another one. Write the version.',
    noCompose: 'No compose file with mcp-pipe is seen. Name it: --compose FILE',
  },
  rollback: {
    title: 'There is a way back',
    known: 'deploy/scripts/rollback.sh is there, with a version to go back to.',
    first:
      'deploy/scripts/rollback.sh is there; with the second deployment there is a version to go back to.',
    none: 'Deploy by deploy/scripts/deploy.sh, which goes back by itself.',
  },
  zeroDowntime: {
    title: 'A new version does not interrupt',
    oneByOne: 'Replicas of the gateway are replaced one by one.',
    breakBeforeMake:
      'A token has one owner: a link is down for seconds while its version changes, and on purpose.',
    one: 'Clients are cut off while the version changes. deploy/compose has two replicas.',
  },
  compose: {
    title: 'The setup is a file',
    file: 'The compose file says all of it.',
    none: 'No compose file with mcp-pipe is seen. Name it: --compose FILE',
  },
  integrationTest: {
    title: 'Tried after each deployment',
    deployed: 'The last deployment was tried before it counted.',
    answered: 'mcp-pipe runs here, and its links work.',
    failed: 'What runs is not healthy: mcp-pipe health says why.',
    none: 'Deploy by deploy/scripts/deploy.sh, which tries what it has deployed; or start mcp-pipe and run this again beside it.',
  },
  loadTest: {
    title: 'Tried under load',
    recent: 'A load test is recorded beside the deployment.',
    none: 'Run the load test before a release, and record it: deploy/load/README.md.',
    noCompose: 'It is recorded beside the compose file. Name it: --compose FILE',
  },
  healthTest: {
    title: 'Health checks are tried',
    answered: 'mcp-pipe health has just answered.',
    deployed: 'The last deployment waited for the health checks.',
    none: 'Start mcp-pipe and run this again beside it, or deploy by deploy/scripts/deploy.sh.',
  },
};

/** What each metric means, by its name: `# HELP` in English, and the tables of docs/metrics.md in both languages. */
const en = {
  mcp_requests_total: 'Requests that are over, of endpoints and clients, without initialize and ping.',
  mcp_request_duration_seconds: 'Time from a request to its end, as mcp-pipe sees it.',
  mcp_pipe_requests_total: 'The same requests by method; methods that MCP does not have are "other".',
  mcp_pipe_link_requests_total: 'The same requests by link; those of clients of the gateway are not in it.',
  mcp_pipe_requests_in_flight: 'Requests that a server works on now.',
  mcp_pipe_messages_held: 'Messages that wait until a server can take them, while it starts for instance.',
  mcp_pipe_oldest_request_age_seconds: 'Age of the oldest request that a server works on; 0 without one.',

  mcp_pipe_links: 'Links in each state.',
  mcp_pipe_link_up: '1 while the connection of a link is open, else 0.',
  mcp_pipe_link_ready:
    '1 while a link is connected, a server of it can answer, and the endpoint has been answered; else 0.',
  mcp_pipe_link_down_cause: '1 for the cause why a link has no connection now; while it has one, no series.',
  mcp_pipe_link_changed_timestamp_seconds: 'When the state of a link last changed.',
  mcp_pipe_dials_total: 'Attempts to connect to an endpoint.',
  mcp_pipe_dial_failures_total: 'Attempts to connect that failed, by cause.',
  mcp_pipe_connections_total: 'Connections to an endpoint that were opened.',
  mcp_pipe_connection_closes_total:
    'Connections that ended, by cause; causes that are no error are "asked", "list-change-unread", "turn", "yielded" and "stopped".',
  mcp_pipe_link_received_bytes_total: 'Bytes of messages that came from an endpoint.',
  mcp_pipe_link_sent_bytes_total: 'Bytes of messages that were sent to an endpoint.',
  mcp_pipe_link_unsent_bytes: 'Bytes of answers that wait until an endpoint reads them.',
  mcp_pipe_dropped_messages_total:
    'Messages that were dropped: "invalid" is no JSON-RPC, "oversize" is over the bound, "stale" answers no open request.',
  mcp_pipe_queue_full_total: 'How often the messages for the servers of a link have reached their bound.',
  mcp_pipe_lease_waiting: '1 while a link waits for a connection of its token to become free, else 0.',
  mcp_pipe_token_contested:
    '1 while another client with the same token keeps replacing the connection, else 0.',
  mcp_pipe_lease_yields_total: 'Connections that were given up for another link or process.',
  mcp_pipe_lease_losses_total: 'Leases that were lost because they could not be renewed in time.',

  mcp_pipe_servers: 'Servers in each state: those of links, and those that only clients of the gateway have.',
  mcp_pipe_server_up:
    '1 while a server can answer, is stopped until the next call, is being started by one, or waits for the turn of its link; else 0.',
  mcp_pipe_server_changed_timestamp_seconds: 'When the state of a server last changed.',
  mcp_pipe_server_starts_total: 'Starts and attempts to start a server.',
  mcp_pipe_server_restarts_total: 'Starts and attempts to start a server that had ended.',
  mcp_pipe_server_exits_total:
    'Ends of a server that mcp-pipe did not ask for, and starts that failed, by cause.',
  mcp_pipe_server_start_duration_seconds: 'How long the last start of a server took.',
  mcp_pipe_server_asleep:
    '1 while a server that is started on demand is stopped until the next call, else 0.',
  mcp_pipe_server_saved_bytes:
    'Resident memory that a server took when it ran last, while it is stopped until the next call.',
  mcp_pipe_server_wakes_total: 'Starts of a server that had been stopped until the next call.',
  mcp_pipe_server_wake_seconds_total: 'How long these starts took, all together.',
  mcp_pipe_server_memory_bytes: "Resident memory of a server's process tree.",
  mcp_pipe_server_memory_limit_bytes:
    'Memory that a server with `"limits"` may take; of several processes (`"instances"`), all together.',
  mcp_pipe_server_cpu_limit_ratio:
    'Processors that a server with `"limits"` may use; of several processes, all together.',
  mcp_pipe_server_cpu_ratio: "Processors that a server's process tree uses; 1 is one processor.",
  mcp_pipe_server_processes: "Processes of a server's tree.",
  mcp_pipe_server_instances: 'Processes that a server has for some clients of the gateway only.',

  mcp_pipe_gateway_clients: 'Clients that are connected to mcp-pipe, by how they are connected.',
  mcp_pipe_gateway_joins_total: 'Clients that have connected to mcp-pipe.',
  mcp_pipe_gateway_missed_sessions_total:
    'Requests that were answered with 404 because their session is not there: it has "ended", is of an "other-caller" or an "other-replica", or its id is "unsigned" or "made-up".',

  mcp_pipe_cache_hits_total:
    'Calls that were answered from what is kept of results, or with the answer to an equal call.',
  mcp_pipe_cache_misses_total:
    'Calls whose result could have been kept, and was not there: the server got them.',
  mcp_pipe_cache_bytes: 'Bytes of results that are kept in memory.',

  mcp_pipe_build_info: 'Versions of mcp-pipe and Node.js; always 1.',
  mcp_pipe_config_read_timestamp_seconds: 'When the configuration that runs was read.',
  mcp_pipe_config_refused: '1 while the file on the disk has an error and an earlier version runs, else 0.',
  mcp_pipe_redis_up:
    'Whether the Redis that machines share answers: 1 or 0. Without one there is no such line.',
  mcp_pipe_audit_lost_lines_total: 'Lines of the audit log that could not be written.',
  process_start_time_seconds: 'When mcp-pipe started.',
  process_cpu_seconds_total: 'Processor time of mcp-pipe itself.',
  process_resident_memory_bytes: 'Resident memory of mcp-pipe itself.',
  process_open_fds: 'Open files and sockets of mcp-pipe itself; only where the system has /proc.',
  nodejs_heap_size_used_bytes: 'Memory of its JavaScript objects.',
  nodejs_external_memory_bytes: 'Memory of its buffers and other memory outside of the heap.',
  nodejs_eventloop_lag_p50_seconds: 'How late timers were since the scrape before: the median.',
  nodejs_eventloop_lag_p99_seconds: 'The same: 99 of 100 were at most this late.',
  nodejs_eventloop_lag_max_seconds: 'The same: the latest one.',
};

export type MetricName = keyof typeof en;

const vi: Record<MetricName, string> = {
  mcp_requests_total: 'Số yêu cầu đã kết thúc, của endpoint và bên gọi, không tính initialize và ping.',
  mcp_request_duration_seconds: 'Thời gian từ lúc nhận yêu cầu đến lúc kết thúc, đo tại mcp-pipe.',
  mcp_pipe_requests_total: 'Vẫn các yêu cầu đó, theo phương thức; phương thức không có trong MCP là "other".',
  mcp_pipe_link_requests_total:
    'Vẫn các yêu cầu đó, theo link; không gồm yêu cầu của bên gọi đi qua gateway.',
  mcp_pipe_requests_in_flight: 'Số yêu cầu mà server đang xử lý.',
  mcp_pipe_messages_held: 'Số message đang chờ đến khi server nhận được, ví dụ lúc server khởi động.',
  mcp_pipe_oldest_request_age_seconds:
    'Yêu cầu lâu nhất mà server đang xử lý đã chạy bao lâu; 0 nếu không có.',

  mcp_pipe_links: 'Số link ở mỗi trạng thái.',
  mcp_pipe_link_up: '1 khi link đang có kết nối mở, ngược lại là 0.',
  mcp_pipe_link_ready:
    '1 khi link đã kết nối, có server trả lời được và endpoint đã nhận được câu trả lời; ngược lại là 0.',
  mcp_pipe_link_down_cause:
    '1 cho nguyên nhân khiến link hiện không có kết nối; khi có kết nối thì không có series nào.',
  mcp_pipe_link_changed_timestamp_seconds: 'Thời điểm trạng thái của link thay đổi lần gần nhất.',
  mcp_pipe_dials_total: 'Số lần thử kết nối tới endpoint.',
  mcp_pipe_dial_failures_total: 'Số lần thử kết nối không thành, theo nguyên nhân.',
  mcp_pipe_connections_total: 'Số lần đã mở được kết nối tới endpoint.',
  mcp_pipe_connection_closes_total:
    'Số lần kết nối kết thúc, theo nguyên nhân; "asked", "list-change-unread", "turn", "yielded" và "stopped" không phải là lỗi.',
  mcp_pipe_link_received_bytes_total: 'Số byte của các message nhận từ endpoint.',
  mcp_pipe_link_sent_bytes_total: 'Số byte của các message gửi tới endpoint.',
  mcp_pipe_link_unsent_bytes: 'Số byte của các câu trả lời đang chờ endpoint đọc.',
  mcp_pipe_dropped_messages_total:
    'Số message bị bỏ: "invalid" không phải JSON-RPC, "oversize" vượt giới hạn, "stale" không trả lời yêu cầu nào đang mở.',
  mcp_pipe_queue_full_total: 'Số lần hàng đợi message cho các server của link chạm giới hạn.',
  mcp_pipe_lease_waiting: '1 khi link đang chờ chỗ kết nối của token, ngược lại là 0.',
  mcp_pipe_token_contested: '1 khi một nơi khác dùng cùng token liên tục giành kết nối, ngược lại là 0.',
  mcp_pipe_lease_yields_total: 'Số lần nhường kết nối cho link hoặc tiến trình khác.',
  mcp_pipe_lease_losses_total: 'Số lần mất lease vì không gia hạn được kịp thời.',

  mcp_pipe_servers:
    'Số server ở mỗi trạng thái: của các link, và những server mà chỉ client của gateway dùng.',
  mcp_pipe_server_up:
    '1 khi server trả lời được, đang ngủ đến lời gọi kế tiếp, đang được lời gọi đánh thức, hoặc chờ đến lượt link của nó; ngược lại là 0.',
  mcp_pipe_server_changed_timestamp_seconds: 'Thời điểm trạng thái của server thay đổi lần gần nhất.',
  mcp_pipe_server_starts_total: 'Số lần khởi động và thử khởi động server.',
  mcp_pipe_server_restarts_total: 'Số lần khởi động và thử khởi động lại server sau khi nó đã dừng.',
  mcp_pipe_server_exits_total:
    'Số lần server dừng mà mcp-pipe không yêu cầu và số lần khởi động không thành, theo nguyên nhân.',
  mcp_pipe_server_start_duration_seconds: 'Lần khởi động gần nhất của server mất bao lâu.',
  mcp_pipe_server_asleep:
    '1 khi server chỉ khởi động khi cần đang ngủ cho đến lời gọi kế tiếp, ngược lại là 0.',
  mcp_pipe_server_saved_bytes: 'Bộ nhớ RAM mà server chiếm ở lần chạy gần nhất, trong lúc nó đang ngủ.',
  mcp_pipe_server_wakes_total: 'Số lần khởi động server đang ngủ.',
  mcp_pipe_server_wake_seconds_total: 'Tổng thời gian của những lần khởi động đó.',
  mcp_pipe_server_memory_bytes: 'Bộ nhớ RAM của cây tiến trình của server.',
  mcp_pipe_server_memory_limit_bytes:
    'Bộ nhớ mà server có `"limits"` được phép dùng; nếu có nhiều tiến trình (`"instances"`) thì tính tổng.',
  mcp_pipe_server_cpu_limit_ratio:
    'Số bộ xử lý mà server có `"limits"` được phép dùng; nếu có nhiều tiến trình thì tính tổng.',
  mcp_pipe_server_cpu_ratio: 'Số bộ xử lý mà cây tiến trình của server dùng; 1 là một bộ xử lý.',
  mcp_pipe_server_processes: 'Số tiến trình trong cây tiến trình của server.',
  mcp_pipe_server_instances: 'Số tiến trình của server dành riêng cho một số bên gọi đi qua gateway.',

  mcp_pipe_gateway_clients: 'Số bên gọi đang kết nối vào mcp-pipe, theo cách kết nối.',
  mcp_pipe_gateway_joins_total: 'Số lần có bên gọi kết nối vào mcp-pipe.',
  mcp_pipe_gateway_missed_sessions_total:
    'Số yêu cầu bị trả lời 404 vì không có phiên của nó: phiên đã kết thúc ("ended"), thuộc bên gọi khác ("other-caller") hoặc bản sao khác ("other-replica"), hoặc id không có chữ ký nhận ra được ("unsigned") hay là bịa ("made-up").',

  mcp_pipe_cache_hits_total:
    'Số lời gọi được trả lời bằng kết quả còn giữ, hoặc bằng câu trả lời của một lời gọi giống hệt.',
  mcp_pipe_cache_misses_total: 'Số lời gọi có thể dùng kết quả giữ lại nhưng chưa có: server đã nhận chúng.',
  mcp_pipe_cache_bytes: 'Số byte kết quả đang giữ trong bộ nhớ.',

  mcp_pipe_build_info: 'Phiên bản của mcp-pipe và Node.js; luôn là 1.',
  mcp_pipe_config_read_timestamp_seconds: 'Thời điểm đọc cấu hình đang chạy.',
  mcp_pipe_config_refused: '1 khi file trên đĩa có lỗi và một bản trước đó đang chạy, ngược lại là 0.',
  mcp_pipe_redis_up:
    'Redis mà các máy dùng chung có trả lời không: 1 hoặc 0. Không có Redis thì không có dòng này.',
  mcp_pipe_audit_lost_lines_total: 'Số dòng audit log không ghi được.',
  process_start_time_seconds: 'Thời điểm mcp-pipe khởi động.',
  process_cpu_seconds_total: 'Thời gian bộ xử lý mà riêng mcp-pipe đã dùng.',
  process_resident_memory_bytes: 'Bộ nhớ RAM của riêng mcp-pipe.',
  process_open_fds: 'Số file và socket mà riêng mcp-pipe đang mở; chỉ có trên hệ thống có /proc.',
  nodejs_heap_size_used_bytes: 'Bộ nhớ của các đối tượng JavaScript.',
  nodejs_external_memory_bytes: 'Bộ nhớ của các buffer và phần ngoài heap.',
  nodejs_eventloop_lag_p50_seconds: 'Các bộ hẹn giờ trễ bao lâu kể từ lần đọc trước: giá trị giữa.',
  nodejs_eventloop_lag_p99_seconds: 'Như trên: 99 trên 100 lần trễ không quá mức này.',
  nodejs_eventloop_lag_max_seconds: 'Như trên: lần trễ nhất.',
};

export const metricMeanings = { en, vi };

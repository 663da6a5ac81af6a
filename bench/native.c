/* The limit: what the prototypes do, in C, one thread, epoll. `native COMMAND [ARGS...] -- URL...` starts a server for each URL
   (ws:// on an IPv4 address). It dials once, answers pings and carries text messages; it does nothing else. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct buffer {
  char *bytes;
  size_t from, to, room;
};

struct link;
struct end {
  struct link *link;
  int fd;
  uint32_t wants;
  int is_watched;
};

struct link {
  /* `in` is what has come and is not handled, `out` what is not yet written. */
  struct end socket, from_child, to_child;
  struct buffer socket_in, socket_out, child_in, child_out;
  int is_open;
};

static int poller;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static char *reserve(struct buffer *buffer, size_t more) {
  if (buffer->from == buffer->to) buffer->from = buffer->to = 0;
  if (buffer->to + more > buffer->room) {
    if (buffer->from > 0) {
      memmove(buffer->bytes, buffer->bytes + buffer->from, buffer->to - buffer->from);
      buffer->to -= buffer->from;
      buffer->from = 0;
    }
    if (buffer->to + more > buffer->room) {
      buffer->room = (buffer->to + more) * 2;
      buffer->bytes = realloc(buffer->bytes, buffer->room);
      if (!buffer->bytes) fail("realloc");
    }
  }
  return buffer->bytes + buffer->to;
}

static void put(struct buffer *buffer, const char *bytes, size_t length) {
  memcpy(reserve(buffer, length), bytes, length);
  buffer->to += length;
}

static void watch(struct end *end, uint32_t wants) {
  if (end->wants == wants) return;
  struct epoll_event event = {.events = wants, .data.ptr = end};
  if (epoll_ctl(poller, end->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, end->fd, &event) < 0) fail("epoll_ctl");
  end->wants = wants;
  end->is_watched = 1;
}

/* Writes what it can; the rest goes when the other side reads. */
static void flush_to(struct end *end, struct buffer *out, uint32_t reads) {
  while (out->from < out->to) {
    ssize_t wrote = write(end->fd, out->bytes + out->from, out->to - out->from);
    if (wrote < 0) {
      if (errno == EAGAIN) break;
      exit(0);
    }
    out->from += (size_t)wrote;
  }
  watch(end, reads | (out->from < out->to ? EPOLLOUT : 0));
}

/* RFC 6455 5.2: frames of a client are masked. */
static void put_frame(struct buffer *out, int opcode, const char *payload, size_t length) {
  char *at = reserve(out, length + 14);
  size_t head = 2;
  at[0] = (char)(0x80 | opcode);
  if (length < 126) at[1] = (char)(0x80 | length);
  else if (length < 65536) {
    at[1] = (char)(0x80 | 126);
    at[2] = (char)(length >> 8);
    at[3] = (char)length;
    head = 4;
  } else {
    at[1] = (char)(0x80 | 127);
    for (int i = 0; i < 8; i++) at[2 + i] = (char)((uint64_t)length >> (56 - 8 * i));
    head = 10;
  }
  uint32_t mask = (uint32_t)random();
  memcpy(at + head, &mask, 4);
  head += 4;
  char *to = at + head;
  size_t i = 0;
  uint64_t wide = ((uint64_t)mask << 32) | mask;
  for (; i + 8 <= length; i += 8) {
    uint64_t word;
    memcpy(&word, payload + i, 8);
    word ^= wide;
    memcpy(to + i, &word, 8);
  }
  for (; i < length; i++) to[i] = payload[i] ^ ((char *)&mask)[i & 3];
  out->to += head + length;
}

static void lines_from_child(struct link *link) {
  struct buffer *in = &link->child_in;
  char *at = in->bytes + in->from, *stop = in->bytes + in->to, *newline;
  while ((newline = memchr(at, '\n', (size_t)(stop - at)))) {
    put_frame(&link->socket_out, 1, at, (size_t)(newline - at));
    at = newline + 1;
  }
  in->from = (size_t)(at - in->bytes);
  flush_to(&link->socket, &link->socket_out, EPOLLIN);
}

static void frames_from_endpoint(struct link *link) {
  struct buffer *in = &link->socket_in;
  if (!link->is_open) {
    char *head = memmem(in->bytes + in->from, in->to - in->from, "\r\n\r\n", 4);
    if (!head) return;
    in->from = (size_t)(head + 4 - in->bytes);
    link->is_open = 1;
  }
  for (;;) {
    unsigned char *at = (unsigned char *)in->bytes + in->from;
    size_t have = in->to - in->from, head = 2;
    if (have < 2) break;
    uint64_t length = at[1] & 0x7f;
    if (length == 126) {
      if (have < 4) break;
      length = (uint64_t)at[2] << 8 | at[3];
      head = 4;
    } else if (length == 127) {
      if (have < 10) break;
      length = 0;
      for (int i = 0; i < 8; i++) length = length << 8 | at[2 + i];
      head = 10;
    }
    if (have < head + length) break;
    int opcode = at[0] & 0x0f;
    if (opcode == 8) exit(0);
    if (opcode == 9) put_frame(&link->socket_out, 10, (char *)at + head, length);
    else if (opcode < 3) {
      put(&link->child_out, (char *)at + head, length);
      if (at[0] & 0x80) put(&link->child_out, "\n", 1);
    }
    in->from += head + length;
  }
  flush_to(&link->to_child, &link->child_out, 0);
  if (link->socket_out.from < link->socket_out.to) flush_to(&link->socket, &link->socket_out, EPOLLIN);
}

/* Returns whether the other side has ended. */
static int fill(struct end *end, struct buffer *in) {
  for (;;) {
    ssize_t got = read(end->fd, reserve(in, 65536), 65536);
    if (got < 0) return errno != EAGAIN;
    if (got == 0) return 1;
    in->to += (size_t)got;
    if (got < 65536) return 0;
  }
}

static void nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

static void start_link(struct link *link, char *const command[], const char *url) {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0) fail("pipe2");
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    dup2(to[0], 0);
    dup2(from[1], 1);
    execvp(command[0], command);
    fail("execvp");
  }
  close(to[0]);
  close(from[1]);
  char host[64], path[512] = "/";
  int port = 80;
  if (sscanf(url, "ws://%63[^:/]:%d%511s", host, &port, path) < 2) fail(url);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, host, &address.sin_addr);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char request[1024];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        path, host, port);
  put(&link->socket_out, request, (size_t)length);
  link->socket = (struct end){link, fd, 0, 0};
  link->to_child = (struct end){link, to[1], 0, 0};
  link->from_child = (struct end){link, from[0], 0, 0};
  nonblocking(fd);
  nonblocking(to[1]);
  nonblocking(from[0]);
  watch(&link->from_child, EPOLLIN);
  flush_to(&link->socket, &link->socket_out, EPOLLIN);
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "native COMMAND [ARGS...] -- URL...\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  srandom((unsigned)time(NULL));
  poller = epoll_create1(EPOLL_CLOEXEC);
  int urls = 1;
  while (urls < argc && strcmp(argv[urls], "--") != 0) urls++;
  if (urls >= argc - 1) return 2;
  argv[urls] = NULL;
  for (int i = urls + 1; i < argc; i++) start_link(calloc(1, sizeof(struct link)), argv + 1, argv[i]);
  struct epoll_event events[256];
  for (;;) {
    int count = epoll_wait(poller, events, 256, -1);
    for (int i = 0; i < count; i++) {
      struct end *end = events[i].data.ptr;
      struct link *link = end->link;
      if (end == &link->to_child) {
        flush_to(end, &link->child_out, 0);
        continue;
      }
      if (events[i].events & EPOLLOUT) flush_to(end, &link->socket_out, EPOLLIN);
      if (!(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      struct buffer *in = end == &link->socket ? &link->socket_in : &link->child_in;
      int has_ended = fill(end, in);
      if (end == &link->socket) frames_from_endpoint(link);
      else lines_from_child(link);
      if (has_ended) return 0;
    }
  }
}

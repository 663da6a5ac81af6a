/* A cheap MCP server on stdio, so that the child is not the bottleneck. Answers every request: `initialize` and
   `tools/list` as an MCP server does, a request with "size":N with N bytes of text, all others with {}; one with "exit"
   ends it. Its one tool is called `bench`, or by the program's first argument. With a second one it is strict, for programs
   that read what they carry: calls are answered with content, methods that it has not with an error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *out;
static size_t used, room;

static void put(const char *bytes, size_t length) {
  if (used + length > room) {
    room = (used + length) * 2;
    out = realloc(out, room);
  }
  memcpy(out + used, bytes, length);
  used += length;
}

static void put_text(const char *text) { put(text, strlen(text)); }

static void flush_out(void) {
  for (size_t at = 0; at < used;) {
    ssize_t wrote = write(1, out + at, used - at);
    if (wrote <= 0) exit(1);
    at += (size_t)wrote;
  }
  used = 0;
}

static void put_filler(size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64)
    put("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/", 64);
}

static void answer_strictly(char *line, size_t length, char *size) {
  if (memmem(line, length < 256 ? length : 256, "\"tools/call\"", 12)) {
    put_text(",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"");
    if (size) put_filler(strtoul(size + 7, NULL, 10));
    else put_text("ok");
    put_text("\"}]}}\n");
  } else if (memmem(line, length < 256 ? length : 256, "\"ping\"", 6)) {
    put_text(",\"result\":{}}\n");
  } else {
    put_text(",\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}\n");
  }
}

static void answer(char *line, size_t length, const char *tool, int strict) {
  /* Long lines hold their id near the front. */
  if (memmem(line, length < 256 ? length : 256, "\"exit\"", 6)) exit(0);
  char *id = memmem(line, length < 256 ? length : 256, "\"id\":", 5);
  if (!id) return;
  id += 5;
  size_t token = *id == '"' ? strcspn(id + 1, "\"") + 2 : strspn(id, "0123456789");
  put_text("{\"jsonrpc\":\"2.0\",\"id\":");
  put(id, token);
  char *size = memmem(line, length < 256 ? length : 256, "\"size\":", 7);
  if (memmem(line, length < 256 ? length : 256, "\"initialize\"", 12)) {
    put_text(",\"result\":{\"protocolVersion\":\"");
    put_text(strict ? "2025-11-25" : "2024-11-05");
    put_text("\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"bench\",\"version\":\"1\"}}}\n");
  } else if (memmem(line, length < 256 ? length : 256, "\"tools/list\"", 12)) {
    put_text(",\"result\":{\"tools\":[{\"name\":\"");
    put_text(tool);
    put_text("\",\"inputSchema\":{\"type\":\"object\"}}]}}\n");
  } else if (strict) {
    answer_strictly(line, length, size);
  } else if (size) {
    put_text(",\"result\":{\"text\":\"");
    put_filler(strtoul(size + 7, NULL, 10));
    put_text("\"}}\n");
  } else {
    put_text(",\"result\":{}}\n");
  }
}

int main(int argc, char **argv) {
  const char *tool = argc > 1 ? argv[1] : "bench";
  size_t size = 1 << 20, have = 0;
  char *in = malloc(size);
  for (;;) {
    if (have == size) in = realloc(in, size *= 2);
    ssize_t got = read(0, in + have, size - have);
    if (got <= 0) return 0;
    size_t scanned = have;
    have += (size_t)got;
    char *line = in, *end;
    while ((end = memchr(in + scanned, '\n', have - scanned))) {
      answer(line, (size_t)(end - line), tool, argc > 2);
      line = end + 1;
      scanned = (size_t)(line - in);
    }
    have -= (size_t)(line - in);
    memmove(in, line, have);
    if (used) flush_out();
  }
}

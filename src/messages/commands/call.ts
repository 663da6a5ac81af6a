const en = {
  help: {
    about: 'Calls one tool of a server: of the running mcp-pipe, or started for it.',
    server: 'a configured server, a script or an http(s):// address; left out before -- or with --http',
    tool: 'name of the tool',
    arguments: 'key=value, key:=json, one JSON object, or - for stdin',
    json: 'print the result as the server gave it',
    out: 'save images, audio and resources there',
    timeout: 'cancel the call after this',
    more: `
Examples:
  mcp-pipe call calculator calculate expression='6 * 7'
                                             values are read as the tool's schema types them
  mcp-pipe call calculator calculate '{"expression": "6 * 7"}'
                                             all arguments as one JSON object
  mcp-pipe call memory create_entities entities:='[{"name": "An", "entityType": "person", "observations": []}]'
                                             := takes a value as JSON
  echo '{"expression": "1 + 1"}' | mcp-pipe call calculator calculate -
                                             arguments from stdin
  mcp-pipe call calculate expression=1+1 -- node examples/calculator.js
                                             a command; SERVER is left out
  mcp-pipe call https://example.com/mcp search query=weather -H 'Authorization: Bearer \${TOKEN}'
                                             a remote server; TOKEN stands in .env

Needs no endpoint and no token. Ctrl-C cancels the call.
Exit codes: 0 the tool answered, 1 it answered with an error or failed, 2 wrong usage, 130 interrupted.
`,
  },
  progressOf: ({ done, total }: { done: number; total: number | undefined }) =>
    total === undefined ? `${done}` : `${done} of ${total}`,
  savedAs: ({ file }: { file: string }) => `, saved as ${file}`,
  content: {
    image: 'image',
    audio: 'audio',
    resource: 'resource',
    link: 'resource link',
    unknown: 'unknown type',
  },
};

const vi: typeof en = {
  help: {
    about: 'Gọi một tool của một server: của mcp-pipe đang chạy, hoặc khởi động riêng để gọi.',
    server: 'một server trong cấu hình, một script hoặc một địa chỉ http(s)://; bỏ qua khi có -- hoặc --http',
    tool: 'tên của tool',
    arguments: 'key=value, key:=json, một đối tượng JSON, hoặc - để đọc từ stdin',
    json: 'in kết quả đúng như server trả về',
    out: 'lưu hình ảnh, âm thanh và tài nguyên vào đó',
    timeout: 'hủy lời gọi sau khoảng này',
    more: `
Ví dụ:
  mcp-pipe call calculator calculate expression='6 * 7'
                                             giá trị được đọc theo kiểu ghi trong schema của tool
  mcp-pipe call calculator calculate '{"expression": "6 * 7"}'
                                             mọi đối số trong một đối tượng JSON
  mcp-pipe call memory create_entities entities:='[{"name": "An", "entityType": "person", "observations": []}]'
                                             := nhận một giá trị JSON
  echo '{"expression": "1 + 1"}' | mcp-pipe call calculator calculate -
                                             đối số từ stdin
  mcp-pipe call calculate expression=1+1 -- node examples/calculator.js
                                             một lệnh; khi đó bỏ tên server
  mcp-pipe call https://example.com/mcp search query=weather -H 'Authorization: Bearer \${TOKEN}'
                                             một server từ xa; TOKEN nằm trong .env

Không cần endpoint, không cần token. Ctrl-C hủy lời gọi.
Mã thoát: 0 tool đã trả lời, 1 tool trả lời bằng lỗi hoặc không chạy được, 2 sai cách dùng, 130 bị ngắt.
`,
  },
  progressOf: ({ done, total }) => (total === undefined ? `${done}` : `${done} trên ${total}`),
  savedAs: ({ file }) => `, đã lưu vào ${file}`,
  content: {
    image: 'hình ảnh',
    audio: 'âm thanh',
    resource: 'tài nguyên',
    link: 'liên kết tới tài nguyên',
    unknown: 'không rõ loại',
  },
};

/** The words of `mcp-pipe call`, in both languages. */
export const texts = { en, vi };

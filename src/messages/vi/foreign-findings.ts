import type { foreignFindings as english } from '../en/foreign-findings.js';
import { foreignForms } from './import.js';

const quoted = (text: string) => JSON.stringify(text);
/** Most names that are listed one by one. */
const LONGEST_LIST = 8;

export const foreignFindings: typeof english = {
  'other-keys': ({ keys }) => ({
    expected: 'các key mà mcp-pipe biết',
    got: `${keys.slice(0, LONGEST_LIST).map(quoted).join(', ')}${keys.length > LONGEST_LIST ? ` và ${keys.length - LONGEST_LIST} key khác` : ''}`,
    next: 'Không cần làm gì: thiết lập của chương trình khác được bỏ qua.',
  }),
  'endpoint-elsewhere': ({ key, count, envFile, importing }) => ({
    expected: `endpoint nằm trong ${envFile}`,
    got: count === 1 ? quoted(key) : `${quoted(key)} với ${count} địa chỉ`,
    next:
      count === 1
        ? `Địa chỉ ở đó không được đọc: hãy ghi nó vào ${envFile} dưới dạng MCP_ENDPOINT=…, hoặc nhập toàn bộ file: ${importing}`
        : `Các địa chỉ ở đó không được đọc. Để mỗi địa chỉ thành một agent có các server này, hãy nhập file: ${importing}`,
  }),
  'token-in-entry': ({ key, variable }) => ({
    expected: 'token nằm trong địa chỉ của một endpoint',
    got: quoted(key),
    next: `Key này bị bỏ qua. Hãy ghi toàn bộ địa chỉ, gồm cả token, vào .env dưới dạng ${variable}=wss://…, hoặc ghi tại đây: "endpoint": "wss://…". Thứ mà chính server cần thì ghi vào "env" của nó.`,
  }),
  'part-of-program': ({ name, type }) => ({
    expected: 'một server có thể khởi động',
    got: `${name}, ${quoted(type)}`,
    next: 'Server này không được khởi động: nó là một phần của chương trình dùng file này.',
  }),
  'bare-variable': ({ variable }) => ({
    expected: `\${${variable}}`,
    got: `$${variable}, và được chuyển đi nguyên văn`,
    next: `Hãy viết \${${variable}}`,
  }),
  'foreign-form': ({ form, count, importing }) => ({
    expected: 'các server nằm trong "mcpServers"',
    got: `${count} server ${foreignForms[form]}`,
    next: `Hãy nhập các server này: ${importing}`,
  }),
  'no-configuration-but': ({ files, importing }) => ({
    expected: 'một file cấu hình',
    got: `không có file nào như vậy, nhưng có server trong ${files.join(', ')}`,
    next: `Hãy nhập các server này: ${importing}`,
  }),
};

import type * as en from '../en/proxy.js';
import type { CauseWords, ProxyCase } from '../parts.js';

export const proxyFindings: typeof en.proxyFindings = {
  'proxy-socks': ({ variable, scheme }) => ({
    expected: 'địa chỉ của một HTTP proxy: http://HOST:PORT',
    got: `một địa chỉ ${scheme}://, loại mà mcp-pipe không hỗ trợ`,
    next: `mcp-pipe sẽ kết nối trực tiếp. Đa số chương trình SOCKS có thêm cổng HTTP: hãy đặt HTTPS_PROXY=http://HOST:PORT với cổng đó. Muốn kết nối trực tiếp mà không còn cảnh báo này, hãy xóa biến ${variable} hoặc thêm --no-proxy.`,
  }),
  'proxy-no-address': ({ variable }) => ({
    expected: 'địa chỉ của một HTTP proxy: http://HOST:PORT',
    got: 'một giá trị không phải địa chỉ như vậy',
    next: `mcp-pipe sẽ kết nối trực tiếp. Hãy sửa ${variable}; muốn kết nối trực tiếp mà không còn cảnh báo này, hãy xóa biến đó hoặc thêm --no-proxy.`,
  }),
};

export const throughProxy: typeof en.throughProxy = ({ proxy, variable, hosts }) =>
  `Kết nối tới ${hosts.join(', ')} đi qua proxy ${proxy} (${variable}). Dùng NO_PROXY hoặc --no-proxy để kết nối trực tiếp.`;

const OWN_NETWORK =
  'Nếu endpoint nằm trên máy này hoặc trong mạng của bạn, hãy ghi host của nó vào NO_PROXY (NO_PROXY=127.0.0.1,localhost,192.168.0.0/16), hoặc thêm --no-proxy.';
const CORRECT = 'Hãy sửa HTTPS_PROXY (HTTP_PROXY, ALL_PROXY), hoặc thêm --no-proxy để kết nối trực tiếp.';

export const proxyCauses: Record<ProxyCase, CauseWords> = {
  'proxy-auth': {
    what: ({ proxy, close }) => `proxy ${proxy} đòi tên và mật khẩu ${close}`,
    next: `Hãy ghi chúng vào địa chỉ proxy: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT, ký tự đặc biệt viết dạng %XX. ${OWN_NETWORK}`,
  },
  'proxy-auth: wrong': {
    what: ({ proxy, close }) => `proxy ${proxy} không chấp nhận tên và mật khẩu đã gửi ${close}`,
    next: 'Hãy sửa chúng trong HTTPS_PROXY (HTTP_PROXY, ALL_PROXY); ký tự đặc biệt của mật khẩu viết dạng %XX, ví dụ @ là %40.',
  },
  'proxy-auth: scheme': {
    what: ({ proxy, close }) =>
      `proxy ${proxy} đòi một cách đăng nhập mà mcp-pipe không có: mcp-pipe chỉ gửi được tên và mật khẩu (Basic) ${close}`,
    next: `Hãy chạy một proxy tại máy để đăng nhập thay, ví dụ cntlm hoặc px, rồi ghi proxy đó vào HTTPS_PROXY. ${OWN_NETWORK}`,
  },
  'proxy-refused': {
    what: ({ proxy, close }) => `proxy ${proxy} không cho phép kết nối tới endpoint ${close}`,
    next: `Hãy nhờ người quản lý proxy cho phép CONNECT tới host và cổng của endpoint. ${OWN_NETWORK}`,
  },
  'proxy-cannot-reach': {
    what: ({ proxy, close }) => `proxy ${proxy} không kết nối được tới endpoint ${close}`,
    next: `Hãy kiểm tra host và cổng trong địa chỉ endpoint. ${OWN_NETWORK}`,
  },
  'proxy-unreachable': {
    what: ({ proxy, close }) => `không kết nối được tới proxy ${proxy}, hoặc proxy không trả lời ${close}`,
    next: `Hãy bật proxy. ${CORRECT}`,
  },
  'proxy-unreachable: tls': {
    what: ({ proxy, close }) => `không tạo được kết nối bảo mật tới proxy ${proxy} ${close}`,
    next: `Đa số proxy không dùng TLS: hãy viết http:// thay cho https:// trước địa chỉ của nó. Nếu dùng chứng chỉ riêng, hãy chỉ ra nó bằng NODE_EXTRA_CA_CERTS=/path/to/certificate.pem.`,
  },
  'proxy-invalid': {
    what: ({ proxy, close }) => `chương trình ở ${proxy} không trả lời như một HTTP proxy ${close}`,
    next: `Hãy kiểm tra cổng của nó: có thể đó là cổng SOCKS. ${CORRECT}`,
  },
};

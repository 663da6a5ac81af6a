import type { WhyAsWritten } from '../../protocol/package-start.js';
import type { packages as Packages } from '../en/packages.js';

const WHY: Record<WhyAsWritten, (word: string) => string> = {
  shell: () => 'lệnh của nó chạy một dòng trong shell (-c)',
  option: (word) => `không rõ tùy chọn ${word} của nó làm gì`,
  'no-package': () => 'lệnh của nó không nêu tên package nào',
  'not-in-registry': (word) => `${word} không phải là package của registry`,
  'fetches-nothing': () => 'lệnh của nó không cho tải gì (--no)',
  'installed-here': (word) => `package đã được cài trong thư mục của nó (${word})`,
  'not-locked': () => 'package chưa được khóa',
  'lock-broken': (word) => `không dùng được mcp_lock.json (${word})`,
  'not-installed': () => 'package đã khóa nhưng chưa được cài ở đây',
  changed: (word) => `bản cài của package đã bị thay đổi (${word})`,
  'no-program': (word) => `không có ${word}`,
  unreachable: (word) => `không tới được registry (${word})`,
  'not-found': (word) => `registry không có package này (${word})`,
  integrity: (word) => `file registry gửi về khác với file đã khóa (${word})`,
  'no-command': (word) => `package không có lệnh đó (${word})`,
  'not-writable': (word) => `không ghi được vào thư mục chứa các package (${word})`,
  held: (word) => `cài package ở ngoài sandbox sẽ phải dùng ${word}`,
  'held-data': (word) =>
    `server giữ dữ liệu ngay cạnh mã của nó, và khi đó sẽ không đọc, không ghi được nữa, vì sandbox không được ghi vào bản cài (${word})`,
  'not-own': (word) => `người dùng khác ghi được vào bản cài của nó (${word})`,
  timeout: (word) => word,
  data: (word) => `không chép được dữ liệu trong thư mục package của nó sang bản mới (${word})`,
  failed: (word) => `không khóa được package (${word})`,
};

/** Texts about packages that are locked and started directly. */
export const packages: typeof Packages = {
  why: ({ why, word }) => WHY[why](word ?? '?'),
  started: (start) =>
    start.isDirect
      ? `Khởi động trực tiếp: ${start.package} ${start.version}, đúng như mcp_lock.json đã khóa.`
      : `Khởi động đúng như lệnh đã viết${start.package === undefined ? '' : ` (${start.package})`}, vì ${WHY[start.why](start.word ?? '?')}.`,
  note: (start) =>
    start.isDirect
      ? `${start.package} ${start.version}, chạy trực tiếp`
      : `không chạy trực tiếp: ${WHY[start.why](start.word ?? '?')}`,
  next: ({ last, now }) => {
    const is = last?.isDirect ? `${last.package} ${last.version}, chạy trực tiếp` : undefined;
    if (now === null) return `${is}; không còn được khóa: từ lần khởi động sau, chạy đúng như lệnh đã viết`;
    return is === undefined
      ? `${now.package} ${now.version}, đã khóa: chạy trực tiếp từ lần khởi động sau`
      : `${is}; từ lần khởi động sau là ${now.version}`;
  },
  off: 'package của nó không được khóa ("lock": false)',
  locked: ({ package: name, version, before }) =>
    before === undefined || before === version
      ? `${name} đã được khóa ở phiên bản ${version}: từ lần khởi động sau, nó được chạy trực tiếp, không cần trình tải package và không hỏi registry.`
      : `${name} đã được khóa ở phiên bản ${version}, trước đó là ${before}.`,
  data: ({ files, left, from, to }) =>
    [
      ...(files > 0
        ? [
            `Đã chép ${files} file mà server giữ trong thư mục package của nó từ ${from} sang ${to}; thư mục cũ vẫn giữ nguyên.`,
          ]
        : []),
      ...(left === '' ? [] : [`Không chép từ ${from}, vì server đã ghi file khác trong ${to}: ${left}.`]),
    ].join(' '),
};

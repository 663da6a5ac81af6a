import type { keyErrors as en, KeyFileTrouble } from '../en/key-errors.js';

const quoted = (text: string) => JSON.stringify(text);

const troubles: Readonly<Record<KeyFileTrouble['why'], (detail: string) => string>> = {
  unreadable: (detail) => `không đọc được (${detail})`,
  'not-json': () => 'đó không phải file khóa',
  'other-version': (detail) => `một phiên bản mcp-pipe khác đã ghi file này (${detail})`,
  record: (detail) => `không hiểu được ${detail}, hoặc mục này có hai lần`,
  'others-write': (detail) => `người khác có thể ghi vào đó (quyền ${detail})`,
  'other-owner': (detail) => `file thuộc về người dùng khác (${detail})`,
  'too-many': (detail) => `file có hơn ${detail} khóa`,
};

const remedies: Readonly<Record<KeyFileTrouble['why'], (file: string) => string>> = {
  unreadable: (file) => `Hãy bảo đảm người dùng này đọc được ${file}.`,
  'not-json': (file) => `Hãy khôi phục từ bản sao, hoặc chuyển ${file} đi nơi khác và tạo lại mọi khóa.`,
  'other-version': () => 'Hãy dùng phiên bản đó: mcp-pipe update cho biết phiên bản mới nhất.',
  record: (file) => `Hãy khôi phục từ bản sao, hoặc bỏ mục đó khỏi ${file}.`,
  'others-write': (file) =>
    `Hãy chạy chmod 600 ${file}, rồi xem các khóa trong đó có phải của bạn không: mcp-pipe key list.`,
  'other-owner': (file) => `Hãy chạy chown trên ${file}, hoặc ghi file khác vào "keyFile" của "gateway".`,
  'too-many': () =>
    'Hãy thu hồi những khóa không còn dùng: mcp-pipe key list cho biết mỗi khóa được dùng lần cuối khi nào.',
};

export const keyFileTrouble = ({ file, why, detail }: KeyFileTrouble) =>
  `Các khóa trong ${file} không được dùng: ${troubles[why](detail)}.`;
export const keyFileRemedy = ({ file, why }: Pick<KeyFileTrouble, 'file' | 'why'>) => remedies[why](file);

export const keyErrors: typeof en = {
  'key-no-name': ({ action }) => ({
    what: `mcp-pipe key ${action} cần tên của khóa.`,
    next: `Hãy đặt tên theo người giữ khóa: mcp-pipe key ${action} an`,
  }),
  'key-name': ({ length }) => ({
    what: `Đây không phải tên của khóa: tên có ${length} ký tự, hoặc có dấu ngoặc kép hay một trong các ký tự / \\ : * ? < > | @, hoặc có dấu cách hay dấu chấm ở đầu hoặc cuối.`,
    next: 'Hãy dùng từ 1 đến 60 ký tự, theo người giữ khóa: an, team-a.',
  }),
  'key-there': ({ name }) => ({
    what: `Đã có khóa ${quoted(name)}.`,
    next: `Hãy dùng tên khác, hoặc thay khóa này bằng khóa mới: mcp-pipe key rotate ${name}`,
  }),
  'key-of-configuration': ({ name, file }) => ({
    what: `${quoted(name)} là khóa trong "keys" của ${file}, không phải khóa của mcp-pipe key.`,
    next: 'Hãy sửa ở đó, hoặc dùng tên khác.',
  }),
  'key-unknown': ({ name, known }) => ({
    what: `Không có khóa ${quoted(name)}.`,
    next:
      known.length > 0 ? `Hiện có ${known.map(quoted).join(', ')}.` : 'Chưa có khóa nào: mcp-pipe key add an',
  }),
  'key-rate': ({ text }) => ({
    what: `${quoted(text)} không phải số lần gọi trong một khoảng thời gian.`,
    next: 'Hãy viết --rate 100/m, 10/s, 1000/h hoặc 5/30s.',
  }),
  'key-expires': ({ text }) => ({
    what: `${quoted(text)} không phải thời điểm trong tương lai.`,
    next: 'Hãy viết --expires 90d, 12h, 2w, hoặc một ngày: 2027-01-01.',
  }),
  'key-options': ({ action, options }) => ({
    what: `${options.join(', ')} không dùng với mcp-pipe key ${action}.`,
    next: 'Quyền của khóa được ghi khi tạo khóa; muốn đổi, hãy thu hồi rồi tạo lại.',
  }),
  'key-stdin': () => ({
    what: 'mcp-pipe key hash đọc một khóa từ đầu vào chuẩn, nhưng không có gì được đưa vào.',
    next: 'Ví dụ: openssl rand -hex 32 | tee /dev/stderr | mcp-pipe key hash',
  }),
  'key-characters': () => ({
    what: 'Khóa có ký tự mà không phải client nào cũng gửi được, hoặc dài hơn một dòng.',
    next: 'Hãy dùng chữ cái không dấu, chữ số và ký hiệu trên bàn phím tiếng Anh, không có dấu cách: openssl rand -hex 32',
  }),
  'key-file': (trouble) => ({ what: keyFileTrouble(trouble), next: keyFileRemedy(trouble) }),
  'key-file-write': ({ file, code }) => ({
    what: `Không ghi được khóa vào ${file} (${code}): không có gì thay đổi.`,
    next: 'Hãy bảo đảm người dùng này ghi được vào đó, hoặc ghi file khác bằng --key-file hay "keyFile" của "gateway".',
  }),
};

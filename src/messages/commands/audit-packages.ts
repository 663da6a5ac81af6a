import { count, time } from '../en/numbers.js';
import { count as dem, time as thoiGian } from '../vi/numbers.js';

/** What a registry may not tell. */
type Untold = 'age' | 'deprecation' | 'owners' | 'provenance' | 'vulnerabilities';

interface Vulnerability {
  id: string;
  in: string;
  title?: string | undefined;
  fixedIn?: string | undefined;
}

/** Of a long list, this many are named; `--json` has all. */
const NAMED = 5;

function list(all: readonly string[], more: (n: number) => string): string {
  return [...all.slice(0, NAMED), ...(all.length > NAMED ? [more(all.length - NAMED)] : [])].join(', ');
}

/** `what` is one of the concerns. */
interface WorstWords {
  name: string;
  version: string;
  servers: readonly string[];
  weight: string;
  what: string;
}

const more = (n: number) => `${n} more`;
const con = (n: number) => `${n} nữa`;
const because = (reason: string) => (reason === '' ? '' : `: ${reason}`);

const en = {
  weights: { bad: 'bad', doubtful: 'doubtful', note: 'note', good: 'ok', unknown: 'unknown' },
  of: ({ servers, age }: { servers: readonly string[]; age: number | undefined }) =>
    `${servers.join(', ')}${age === undefined ? '' : `; asked ${age < 60_000 ? 'now' : `${time(age)} ago`}`}`,
  concerns: {
    'package-gone': () =>
      'The registry has no such package any more. Find out why before you go on using it.',
    'version-gone': () =>
      'The registry has this version no more. Versions are mostly withdrawn for a reason: read it, then mcp-pipe update.',
    quarantined: () =>
      'The index has put the package under quarantine, as it does with malware. Stop its servers.',
    archived: () => 'The package is archived: nothing will be repaired in it.',
    'other-archive': () =>
      'The registry has other archives of this version than those that are locked. A version must not change: do not install it anew before you know why.',
    'no-provenance': () => 'There is no provenance: the registry cannot say from which source it was built.',
    vulnerable: ({ vulnerabilities }: { vulnerabilities: readonly Vulnerability[] }) => {
      const of = ({ id, in: where, title, fixedIn }: Vulnerability) =>
        `${id} in ${where}${title ? ` (${title})` : ''}${fixedIn ? `, mended in ${fixedIn}` : ''}`;
      return `${count(vulnerabilities.length, 'known vulnerability', 'known vulnerabilities')}: ${list(vulnerabilities.map(of), more)}`;
    },
    deprecated: ({ reason }: { reason: string }) => `The version is deprecated${because(reason)}`,
    yanked: ({ reason }: { reason: string }) => `The version was yanked${because(reason)}`,
    'owners-changed': ({ added, removed }: { added: readonly string[]; removed: readonly string[] }) =>
      `Since it was locked or first asked for, others may publish it: ${[...added.map((one) => `+${one}`), ...removed.map((one) => `-${one}`)].join(' ')}`,
    'other-publisher': ({
      publisher,
      before,
      version,
    }: {
      publisher: string;
      before: string;
      version: string;
    }) => `${publisher} has published it; the version before, ${version}, was published by ${before}.`,
    'provenance-lost': ({ version }: { version: string }) =>
      `There is no provenance, but ${version} had one: it may have been published by another hand.`,
    'install-scripts': ({ packages }: { packages: readonly string[] }) =>
      `${packages.length === 1 ? 'This package runs a script' : 'These packages run scripts'} when installed: ${list(packages, more)}`,
    'from-source': ({ packages }: { packages: readonly string[] }) =>
      `Built from source when installed, which runs code of the package: ${list(packages, more)}`,
    'young-version': ({ days }: { days: number }) =>
      `The version is ${count(days, 'day')} old. Packages that were taken over are mostly found out within days.`,
    'young-package': ({ days }: { days: number }) =>
      `The package is ${count(days, 'day')} old. Is it the one that you mean?`,
    'one-owner': ({ owner }: { owner: string }) => `One person alone may publish it: ${owner}`,
    newer: ({ version }: { version: string }) =>
      `${version} is newer; mcp-pipe update takes it, unless the configuration names a version.`,
    untold: ({ what }: { what: readonly Untold[] }) => {
      const names: Record<Untold, string> = {
        ...{ age: 'its age', deprecation: 'whether it is deprecated', owners: 'who may publish it' },
        ...{ provenance: 'where it was built', vulnerabilities: 'known vulnerabilities' },
      };
      return `This registry does not tell: ${what.map((one) => names[one]).join(', ')}`;
    },
  },
  failed: ({ why, age }: { why: string; age: number | undefined }) =>
    `The registry could not be asked (${why}). ${age === undefined ? 'Nothing is known of this package.' : `What stands here is ${time(age)} old.`}`,
  good: 'nothing to say',
  notLocked: ({ servers }: { servers: readonly string[] }) =>
    `Not locked, so not looked at: ${servers.join(', ')}. mcp-pipe lock locks them.`,
  asWritten: ({ servers }: { servers: readonly string[] }) =>
    `Started as written and never locked, so not looked at: ${servers.join(', ')} ("lock": false, a user, an image, or no version to lock).`,
  worst: ({ name, version, servers, weight, what }: WorstWords) =>
    `Packages: ${name} ${version} (${servers.join(', ')}) is ${weight}, as its registry last said (mcp-pipe audit --packages): ${what}`,
  broken: ({ file, why }: { file: string; why: string }) => `${file} cannot be used: ${why}`,
  none: 'No package is locked. mcp-pipe lock locks those of npx and uvx.',
  summary: ({
    bad,
    doubtful,
    unknown,
    all,
  }: {
    bad: number;
    doubtful: number;
    unknown: number;
    all: number;
  }) => `${count(all, 'package')}: ${bad} bad, ${doubtful} doubtful, ${unknown} not asked now`,
};

const vi: typeof en = {
  weights: { bad: 'xấu', doubtful: 'đáng ngờ', note: 'lưu ý', good: 'ổn', unknown: 'chưa rõ' },
  of: ({ servers, age }) =>
    `${servers.join(', ')}${age === undefined ? '' : `; ${age < 60_000 ? 'vừa hỏi' : `hỏi ${thoiGian(age)} trước`}`}`,
  concerns: {
    'package-gone': () => 'Registry không còn package này nữa. Hãy tìm hiểu vì sao trước khi dùng tiếp.',
    'version-gone': () =>
      'Registry không còn phiên bản này nữa. Phiên bản thường bị rút vì có lý do: hãy đọc lý do đó, rồi chạy mcp-pipe update.',
    quarantined: () =>
      'Registry đã cách ly package này, như vẫn làm với mã độc. Hãy dừng các server dùng nó.',
    archived: () => 'Package đã ngừng bảo trì: lỗi trong đó sẽ không được sửa.',
    'other-archive': () =>
      'File của phiên bản này trên registry không phải file đã khóa. Một phiên bản không được phép thay đổi: đừng cài lại trước khi biết vì sao.',
    'no-provenance': () => 'Không có provenance: registry không nói được package được build từ mã nguồn nào.',
    vulnerable: ({ vulnerabilities }) => {
      const of = ({ id, in: where, title, fixedIn }: Vulnerability) =>
        `${id} trong ${where}${title ? ` (${title})` : ''}${fixedIn ? `, đã sửa ở ${fixedIn}` : ''}`;
      return `${dem(vulnerabilities.length, 'lỗ hổng đã biết')}: ${list(vulnerabilities.map(of), con)}`;
    },
    deprecated: ({ reason }) => `Phiên bản này bị đánh dấu không nên dùng nữa${because(reason)}`,
    yanked: ({ reason }) => `Phiên bản này đã bị rút lại${because(reason)}`,
    'owners-changed': ({ added, removed }) =>
      `Từ lúc khóa hoặc từ lần hỏi đầu tiên đến nay, những người được phép phát hành đã thay đổi: ${[...added.map((one) => `+${one}`), ...removed.map((one) => `-${one}`)].join(' ')}`,
    'other-publisher': ({ publisher, before, version }) =>
      `${publisher} đã phát hành phiên bản này; phiên bản trước, ${version}, do ${before} phát hành.`,
    'provenance-lost': ({ version }) =>
      `Không có provenance, trong khi ${version} có: có thể phiên bản này do người khác phát hành.`,
    'install-scripts': ({ packages }) => `Chạy script khi cài đặt: ${list(packages, con)}`,
    'from-source': ({ packages }) =>
      `Được build từ mã nguồn khi cài đặt, tức là chạy mã của package: ${list(packages, con)}`,
    'young-version': ({ days }) =>
      `Phiên bản này mới ra ${dem(days, 'ngày')}. Package bị chiếm quyền thường bị phát hiện trong vài ngày.`,
    'young-package': ({ days }) =>
      `Package này mới có ${dem(days, 'ngày')}. Đây có đúng là package bạn muốn dùng không?`,
    'one-owner': ({ owner }) => `Chỉ một người được phép phát hành: ${owner}`,
    newer: ({ version }) =>
      `Đã có ${version}; mcp-pipe update sẽ chuyển sang phiên bản đó, trừ khi cấu hình ghi rõ một phiên bản.`,
    untold: ({ what }) => {
      const names: Record<Untold, string> = {
        ...{ age: 'tuổi', deprecation: 'có còn nên dùng không', owners: 'ai được phép phát hành' },
        ...{ provenance: 'được build từ đâu', vulnerabilities: 'lỗ hổng đã biết' },
      };
      return `Registry này không cho biết: ${what.map((one) => names[one]).join(', ')}`;
    },
  },
  failed: ({ why, age }) =>
    `Không hỏi được registry (${why}). ${age === undefined ? 'Chưa biết gì về package này.' : `Thông tin ở đây đã cũ ${thoiGian(age)}.`}`,
  good: 'không có gì đáng nói',
  notLocked: ({ servers }) => `Chưa khóa nên chưa xem: ${servers.join(', ')}. mcp-pipe lock sẽ khóa chúng.`,
  asWritten: ({ servers }) =>
    `Chạy đúng như đã viết và không bao giờ bị khóa, nên không xem: ${servers.join(', ')} ("lock": false, có người dùng riêng, có image, hoặc không có phiên bản nào để khóa).`,
  worst: ({ name, version, servers, weight, what }) =>
    `Package: ${name} ${version} (${servers.join(', ')}): ${weight}, theo lần hỏi registry gần nhất (mcp-pipe audit --packages): ${what}`,
  broken: ({ file, why }) => `Không dùng được ${file}: ${why}`,
  none: 'Chưa có package nào được khóa. mcp-pipe lock khóa các package của npx và uvx.',
  summary: ({ bad, doubtful, unknown, all }) =>
    `${dem(all, 'package')}: ${bad} xấu, ${doubtful} đáng ngờ, ${unknown} không hỏi được lần này`,
};

/** The words of `mcp-pipe audit --packages`, in both languages. */
export const texts = { en, vi };

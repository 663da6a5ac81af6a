import { points } from '../en/production-points.js';
import { points as pointsVi } from '../vi/production-points.js';

const en = {
  points,
  groups: {
    security: 'Security',
    monitoring: 'Monitoring',
    performance: 'Performance',
    reliability: 'Reliability',
    deployment: 'Deployment',
    testing: 'Testing',
  },
  verdicts: { met: 'yes', missing: 'no', unseen: 'unseen', notNeeded: 'not needed' },
  score: ({ met, of }: { met: number; of: number }) => `${met} of ${of} met`,
  total: ({ met, of, missing, unseen }: { met: number; of: number; missing: number; unseen: number }) =>
    `${met} of ${of} points met${missing > 0 ? `, ${missing} missing` : ''}${unseen > 0 ? `, ${unseen} not to be seen from here` : ''}.`,
  /** Points that a setup such as this one does not need. */
  notNeeded: ({ count }: { count: number }) =>
    count === 0 ? '' : ` (${count} of the 37 ${count === 1 ? 'does' : 'do'} not apply to this setup.)`,
  looked: ({ config, compose }: { config: string; compose: string | undefined }) =>
    `Looked at ${config} and ${compose ?? 'no compose file (--compose FILE names it)'}.`,
};

const vi: typeof en = {
  points: pointsVi,
  groups: {
    security: 'Bảo mật',
    monitoring: 'Giám sát',
    performance: 'Hiệu năng',
    reliability: 'Độ tin cậy',
    deployment: 'Triển khai',
    testing: 'Kiểm thử',
  },
  verdicts: { met: 'có', missing: 'chưa', unseen: 'không thấy', notNeeded: 'không cần' },
  score: ({ met, of }) => `đạt ${met} trên ${of}`,
  total: ({ met, of, missing, unseen }) =>
    `Đạt ${met}/${of} điểm${missing > 0 ? `, thiếu ${missing}` : ''}${unseen > 0 ? `, ${unseen} điểm không thấy được từ đây` : ''}.`,
  notNeeded: ({ count }) => (count === 0 ? '' : ` (${count} trong 37 điểm không cần cho thiết lập này.)`),
  looked: ({ config, compose }) =>
    `Đã xem ${config} và ${compose ?? 'không có file compose (chỉ ra bằng --compose FILE)'}.`,
};

/** The words of `mcp-pipe check --production`, in both languages. */
export const texts = { en, vi };

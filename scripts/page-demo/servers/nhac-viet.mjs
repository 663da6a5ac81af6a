// A server of the demo that pictures are taken of: songs of Vietnam, on stdio, without dependencies.
import { setTimeout as delay } from 'node:timers/promises';

const SONGS = [
  { id: 'bh-1042', title: 'Diễm xưa', artist: 'Khánh Ly', genre: 'nhạc Trịnh', year: 1960 },
  { id: 'bh-0077', title: 'Hạ trắng', artist: 'Khánh Ly', genre: 'nhạc Trịnh', year: 1961 },
  { id: 'bh-2210', title: 'Bèo dạt mây trôi', artist: 'Anh Thơ', genre: 'dân ca', year: 1970 },
  { id: 'bh-3001', title: 'Bống bống bang bang', artist: '365', genre: 'nhạc trẻ', year: 2016 },
  { id: 'bh-3312', title: 'Chú voi con ở Bản Đôn', artist: 'Xuân Mai', genre: 'thiếu nhi', year: 1983 },
];
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value, undefined, 2) }] });
const none = { type: 'object', properties: {} };

const tools = {
  search_songs: {
    description: 'Tìm bài hát theo tên, ca sĩ hoặc một câu trong lời',
    annotations: { readOnlyHint: true },
    inputSchema: {
      type: 'object',
      required: ['query'],
      properties: {
        query: { type: 'string', minLength: 2, description: 'Tên bài, ca sĩ hoặc lời' },
        genre: { type: 'string', enum: ['bolero', 'nhạc trẻ', 'nhạc Trịnh', 'dân ca', 'thiếu nhi'] },
        limit: { type: 'integer', minimum: 1, maximum: 20, default: 5 },
        released: {
          type: 'object',
          description: 'Năm phát hành',
          properties: { from: { type: 'integer', minimum: 1930 }, to: { type: 'integer' } },
        },
        lyrics: { type: 'boolean', description: 'Kèm lời bài hát' },
      },
    },
    async run({ query = '', genre, limit = 5 }) {
      // As long as a look into a catalogue elsewhere takes.
      await delay(30 + 160 * Math.random() ** 3);
      const has = (song) => `${song.title} ${song.artist}`.toLowerCase().includes(query.toLowerCase());
      const songs = SONGS.filter((song) => has(song) && (genre === undefined || song.genre === genre));
      return text({ songs: songs.slice(0, limit) });
    },
  },
  play_song: {
    description: 'Phát một bài trên loa',
    inputSchema: {
      type: 'object',
      required: ['id'],
      properties: {
        id: { type: 'string' },
        speaker: { type: 'string', enum: ['phòng khách', 'bếp', 'phòng ngủ'] },
        volume: { type: 'integer', minimum: 0, maximum: 100, default: 60 },
      },
    },
    async run({ id, speaker = 'phòng khách' }) {
      await delay(20 + 60 * Math.random());
      const song = SONGS.find((one) => one.id === id);
      return song ? text({ playing: song.title, speaker }) : { ...text(`Không có bài ${id}`), isError: true };
    },
  },
  stop: { description: 'Dừng nhạc', inputSchema: none, run: async () => text('đã dừng') },
  delete_playlist: {
    description: 'Xóa hẳn một danh sách phát',
    annotations: { destructiveHint: true },
    inputSchema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    run: async ({ name }) => text({ deleted: name }),
  },
};

async function answer({ id, method, params }) {
  if (method === 'initialize') {
    const { protocolVersion } = params;
    const serverInfo = { name: 'nhac-viet', version: '1.4.2' };
    return { id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } };
  }
  if (method === 'ping') return { id, result: {} };
  if (method === 'tools/list') {
    return {
      id,
      result: { tools: Object.entries(tools).map(([name, { run, ...about }]) => ({ name, ...about })) },
    };
  }
  const tool = method === 'tools/call' ? tools[params.name] : undefined;
  if (tool) return { id, result: await tool.run(params.arguments ?? {}) };
  return { id, error: { code: -32601, message: `Unknown method or tool: ${method}` } };
}

process.stderr.write(`${SONGS.length} bài hát đã nạp\n`);
let rest = '';
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const message = JSON.parse(line);
    if (message.id === undefined || message.method === undefined) continue;
    void answer(message).then((reply) =>
      process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...reply })}\n`),
    );
  }
});
